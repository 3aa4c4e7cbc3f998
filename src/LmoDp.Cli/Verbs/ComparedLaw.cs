using System.Text.Json.Serialization;
using LmoDp.Cli.Accounting;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Cli.Verbs;

/// <summary>The run that laws are compared for: single numbers, each on its own Poisson sample. No epsilon: every law keeps its scale, and its own epsilon is found.</summary>
internal sealed record ComparedGuarantee(double? Epsilon, double Delta, double SamplingRate, long Steps)
{
    /// <summary>Proven bounds on the run's epsilon with this noise.</summary>
    public Bounds Certify(NoiseLaw noise) => PldAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(noise), SamplingRate, Steps)), Delta, Calibration.CertificateWidth);
}

/// <summary>What was done to a law before it was compared.</summary>
internal enum LawTreatment
{
    /// <summary>Nothing: there is no target.</summary>
    AsGiven,

    /// <summary>It was scaled until the target's epsilon is just kept.</summary>
    Scaled,

    /// <summary>Nothing: a lattice law that keeps the target already. Scaling would spread it over its cells and round it again, which is another law.</summary>
    KeepsTarget,
}

/// <summary>The smallest g with P(|Z| &lt;= g) &gt;= Probability.</summary>
internal sealed record MagnitudeAt(double Probability, double Magnitude);

/// <summary>A law as it is compared.</summary>
/// <param name="Law">As the user named it.</param>
/// <param name="Noise">The law compared, inline.</param>
/// <param name="Exponential">How an authors' file's E_lambda was read; null where there is none.</param>
/// <param name="Treatment">What was done to it.</param>
/// <param name="Epsilon">Upper bound for the run at the guarantee's delta.</param>
/// <param name="EpsilonLower">Lower bound.</param>
/// <param name="Std">Standard deviation.</param>
/// <param name="MeanAbs">E|Z|.</param>
/// <param name="Entropy">Nats.</param>
/// <param name="Usefulness">P(|Z| &lt;= g).</param>
/// <param name="Quantiles">Of |Z|.</param>
/// <param name="Compared">The law compared.</param>
internal sealed record ComparedLaw(string Law, string Noise, ExponentialReading? Exponential, LawTreatment Treatment, double Epsilon, double EpsilonLower, double Std, double MeanAbs, double Entropy,
    double Usefulness, IReadOnlyList<MagnitudeAt> Quantiles, [property: JsonIgnore] NoiseLaw Compared)
{
    private static readonly double[] Probabilities = [0.5, 0.9, 0.99, 0.999];

    /// <summary>Scales the law where that is wanted, and certifies it.</summary>
    /// <exception cref="BadInputException">A family without a target, or a law that cannot be scaled to it.</exception>
    public static ComparedLaw Of(string name, NoiseChoice choice, ExponentialReading reading, ComparedGuarantee guarantee, double g)
    {
        var (law, treatment, epsilon) = Treated(name, choice, guarantee);
        return new ComparedLaw(name, law.ToString(), AuthorsFile.Of(name, choice.Law, reading)?.Reading, treatment, epsilon.Upper, epsilon.Lower, law.StandardDeviation, law.MeanAbsolute, law.Entropy,
            law.Usefulness(g), [.. Probabilities.Select(p => new MagnitudeAt(p, -law.Quantile((1 - p) / 2)))], law);
    }

    private static (NoiseLaw Law, LawTreatment Treatment, Bounds Epsilon) Treated(string name, NoiseChoice choice, ComparedGuarantee guarantee)
    {
        if (guarantee.Epsilon is not { } target)
        {
            return choice.IsFamily
                ? throw new BadInputException($"{name} is a family without a scale: give --epsilon to scale all laws to, or its parameters, such as {choice.Law}")
                : (choice.Law, LawTreatment.AsGiven, guarantee.Certify(choice.Law));
        }
        if (choice.Law is LatticeLaw && guarantee.Certify(choice.Law) is var own && own.Upper <= target)
            return (choice.Law, LawTreatment.KeepsTarget, own);
        try
        {
            var found = Calibration.Calibrate(new ScalarRelease(choice.Law), target, guarantee.Delta, guarantee.SamplingRate, guarantee.Steps);
            return (found.Noise, LawTreatment.Scaled, found.Epsilon);
        }
        catch (BadInputException fault)
        {
            throw new BadInputException($"{name}: {fault.Message}", fault);
        }
    }
}

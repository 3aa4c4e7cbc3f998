using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>The guarantee that searched noise must meet: (epsilon, delta) for T steps, each of which publishes one number, or K, on its own Poisson sample.</summary>
public sealed record SearchTarget
{
    /// <summary>The largest target epsilon.</summary>
    public const double LargestEpsilon = 100;

    /// <param name="epsilon">Positive, at most <see cref="LargestEpsilon"/>.</param>
    /// <param name="delta">0 &lt; delta &lt; 1.</param>
    /// <param name="samplingRate">q, 0 &lt; q &lt;= 1.</param>
    /// <param name="steps">T, at least 1.</param>
    /// <param name="perDraw">K, numbers that a step publishes, at least 1.</param>
    /// <exception cref="BadInputException">A number is out of range.</exception>
    public SearchTarget(double epsilon, double delta, double samplingRate, long steps, int perDraw = 1)
    {
        if (!(epsilon is > 0 and <= LargestEpsilon))
            throw new BadInputException(FormattableString.Invariant($"noise is searched for target epsilons above 0 and up to {LargestEpsilon}, not for {epsilon:R}"));
        if (!(delta > 0 && delta < 1))
            throw new BadInputException(FormattableString.Invariant($"the target delta must lie between 0 and 1, not {delta:R}"));
        if (!(samplingRate > 0 && samplingRate <= 1))
            throw new BadInputException(FormattableString.Invariant($"nothing to search: the sampling rate must be above 0 and at most 1, not {samplingRate:R}"));
        if (steps < 1)
            throw new BadInputException(FormattableString.Invariant($"nothing to search: there must be at least one step, not {steps}"));
        if (perDraw < 1)
            throw new BadInputException(FormattableString.Invariant($"a step must publish at least one number, not {perDraw}"));
        (Epsilon, Delta, SamplingRate, Steps, PerDraw) = (epsilon, delta, samplingRate, steps, perDraw);
    }

    /// <summary>Target epsilon.</summary>
    public double Epsilon { get; }

    /// <summary>Target delta.</summary>
    public double Delta { get; }

    /// <summary>Poisson sampling rate q.</summary>
    public double SamplingRate { get; }

    /// <summary>Number of steps T.</summary>
    public long Steps { get; }

    /// <summary>Numbers K that a step publishes.</summary>
    public int PerDraw { get; }

    /// <summary>The same target for steps that publish one number.</summary>
    public SearchTarget OfOneNumber => PerDraw == 1 ? this : new(Epsilon, Delta, SamplingRate, Steps);

    /// <summary>T steps with this noise.</summary>
    public Composition With(NoiseLaw noise) => new(new ReleaseGroup(new ScalarRelease(noise), SamplingRate, Steps, PerDraw));

    /// <summary>Certified bounds on the epsilon of T steps with this noise.</summary>
    public Bounds Certify(NoiseLaw noise) => PldAccountant.Epsilon(With(noise), Delta, Calibration.CertificateWidth);
}

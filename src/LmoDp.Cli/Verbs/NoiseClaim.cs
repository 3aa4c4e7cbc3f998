using System.Text.Json.Serialization;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Cli.Verbs;

/// <summary>One release of a vector of any length, clipped to L2 norm 1, with a law on every coordinate.</summary>
/// <param name="GaussianMultiplier">1/sqrt(Fisher information): the law is worth at best Gaussian noise of this multiplier.</param>
/// <param name="Epsilon">Upper bound at the delta of the result, by the Renyi accountant (by loss distributions for the Gaussian).</param>
internal sealed record VectorFigures(double GaussianMultiplier, double Epsilon)
{
    /// <summary>null for lattice laws, of which nothing is proven for vectors.</summary>
    public static VectorFigures? Of(NoiseLaw law, double delta)
    {
        if (law is LatticeLaw)
            return null;
        var release = new Composition(new ReleaseGroup(new VectorRelease(law), 1, 1));
        return new VectorFigures(new CoordinateNoise(law).LimitingMultiplier, Accountants.Epsilon(Accountants.ForComposition(release), release, delta).Upper);
    }

    /// <summary>In words.</summary>
    public string Text(double delta) => $"at best like Gaussian noise of multiplier {Figures.Short(GaussianMultiplier)}; epsilon at most {Figures.Upper(Epsilon)} at delta {Figures.Short(delta)}";
}

/// <summary>An epsilon that somebody claims for one release, against the exact figures.</summary>
/// <param name="Epsilon">The claim.</param>
/// <param name="Delta">At this delta.</param>
/// <param name="Holds">Whether one scalar release is proven to keep it.</param>
/// <param name="ExactEpsilon">The smallest epsilon that one scalar release keeps at the delta (its upper bound).</param>
/// <param name="ExactDelta">The smallest delta at the claimed epsilon.</param>
/// <param name="GaussianMultiplier">The noise multiplier of the Gaussian that keeps the claim: what a vector release would need.</param>
/// <param name="VectorMultiplier">The multiplier of the Gaussian that a vector with this law in each coordinate is worth; null where there is none.</param>
/// <param name="HoldsForVector">Whether one release of a vector of any length is proven to keep it.</param>
internal sealed record ClaimCheck(double Epsilon, double Delta, bool Holds, double ExactEpsilon, double ExactDelta, double GaussianMultiplier, double? VectorMultiplier, bool HoldsForVector)
{
    /// <summary>The check of a claim.</summary>
    public static ClaimCheck Of(double claim, double delta, OneRelease release, Bounds epsilon, VectorFigures? vector) => new(
        claim, delta, epsilon.Upper <= claim, epsilon.Upper, release.Delta(claim),
        Calibration.Calibrate(new VectorRelease(new GaussianLaw(1)), claim, delta, 1, 1).Noise.StandardDeviation,
        vector?.GaussianMultiplier, vector?.Epsilon <= claim);

    /// <summary>In words.</summary>
    [JsonIgnore]
    public string Verdict => $"epsilon {Figures.Short(Epsilon)} at delta {Figures.Short(Delta)}: " + (Holds, HoldsForVector) switch
    {
        (true, true) => "holds for one number and for a vector of any length",
        (true, false) => "holds for one number; not proven for vectors",
        (false, _) => "does not hold, not even for one number",
    };
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Training.Record;

/// <summary>What keeps the guarantee true on a computer, whose numbers are not the real ones of the proof.</summary>
/// <param name="Name">A short name.</param>
/// <param name="Value">Its size.</param>
/// <param name="Covers">What it accounts for.</param>
public sealed record PrecisionMargin(string Name, double Value, string Covers)
{
    private static readonly PrecisionMargin Exact = new("lattice", 0, "clipped numbers, their sum and the noise are integers, and the law drawn is the one accounted. Not covered by a proof: that libtorch computes a row of a batch "
        + "without regard to what stands in the others (shapes and rows follow from the example alone)");

    private static readonly PrecisionMargin IntegerVector = new("lattice", 0, "clipped vectors and their sum are integers, and the norm of a unit's is checked in integers: no margin for sums. Not covered by a proof: "
        + "that libtorch computes a row of a batch without regard to what stands in the others");

    /// <summary>What covers, or is left over by, the arithmetic of a plan's releases (docs/sharp-edges.md, "Floating point").</summary>
    public static IReadOnlyList<PrecisionMargin> Of(PrivacyPlan plan) => plan.Release is ScalarRelease { Noise: LatticeLaw } ? [Exact] :
    [
        plan.SensitivityMargin == 0 ? IntegerVector : new("eta", plan.SensitivityMargin, "float32 sums after clipping, as they err in practice: the sensitivity is C (1 + eta). Not covered by a proof: that one row moves the last bits of the others' gradients in its batch"),
        .. plan.Release.Noise is GaussianLaw ? [new PrecisionMargin("tail", GaussianSampler.CutOffProbability, "probability of what the Gaussian sampler cannot reach, each draw; not added to delta")] : Array.Empty<PrecisionMargin>(),
        new("noise", double.ScaleB(1, -53), "not covered by a proof: the noise is a float64 number with this relative rounding error, not a real one"
            + (plan.SensitivityMargin == 0 ? "; what is released is rounded to integers that are far coarser than its grid" : "")),
    ];
}

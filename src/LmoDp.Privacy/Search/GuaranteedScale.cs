using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>The scale at which laws of one target's search meet it by <see cref="EpsilonEstimate"/>. Remembers the last one found: neighbouring candidates differ little.</summary>
/// <param name="target">What the law must meet.</param>
internal sealed class GuaranteedScale(SearchTarget target)
{
    private const double Tolerance = 1e-6;

    private double width = 1 / target.Epsilon;

    /// <summary>The law of this shape that just meets the target.</summary>
    public ContinuousLaw Of(ContinuousLaw shape)
    {
        // Laws of one guarantee have quartiles of about the same width.
        var unit = -shape.Quantile(0.25);
        var (_, scale) = Root.Of(s => EpsilonEstimate.Of((ContinuousLaw)shape.Scale(s), target), target.Epsilon, width / unit, Tolerance);
        width = scale * unit;
        return (ContinuousLaw)shape.Scale(scale);
    }
}

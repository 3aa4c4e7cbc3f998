using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>The scale at which laws of one target's search meet it by <see cref="EpsilonEstimate"/>. Remembers the last one found: neighbouring candidates differ little.</summary>
/// <param name="target">What the law must meet.</param>
internal sealed class GuaranteedScale(SearchTarget target)
{
    private const double Tolerance = 1e-6;

    private const double LargestLogScale = 300;

    private const int MostEvaluations = 40;

    private double logWidth = -Math.Log(target.Epsilon);

    /// <summary>The law of this shape that just meets the target.</summary>
    /// <exception cref="BadInputException">Every scale meets it, or none does.</exception>
    public ContinuousLaw Of(ContinuousLaw shape)
    {
        // Laws of one guarantee have quartiles of about the same width.
        var logUnit = Math.Log(-shape.Quantile(0.25));
        ContinuousLaw Scaled(double logScale) => Math.Abs(logScale) < LargestLogScale
            ? (ContinuousLaw)shape.Scale(Math.Exp(logScale))
            : throw new BadInputException(logScale < 0 ? "noise of every scale meets the target: nothing to search" : "no scale of this noise meets the target");
        double Excess(double logScale) => Math.Log(Math.Max(EpsilonEstimate.Of(Scaled(logScale), target) / target.Epsilon, 0.02));

        // Secant steps: log epsilon falls with the log scale nearly like a straight line, of slope -1 and somewhat steeper.
        var (at, slope) = (logWidth - logUnit, -1.2);
        var excess = Excess(at);
        var (low, high) = (double.NegativeInfinity, double.PositiveInfinity);
        for (var i = 1; i < MostEvaluations && Math.Abs(excess) > Tolerance && high - low > Tolerance / 10; i++)
        {
            (low, high) = excess > 0 ? (at, high) : (low, at);
            var next = at + Math.Clamp(-excess / slope, -2, 2);
            if (!(next > low && next < high))
                next = (low + high) / 2;
            var then = Excess(next);
            slope = (then - excess) / (next - at);
            if (!(slope is > -1e3 and < -0.1))
                slope = -1.2;
            (at, excess) = (next, then);
        }
        if (Math.Abs(excess) > Tolerance)
        {
            // Not found to all digits: at a cliff the end that meets the target serves.
            (low, high) = excess > 0 ? (at, high) : (low, at);
            if (double.IsInfinity(low) || double.IsInfinity(high))
                throw new BadInputException(double.IsInfinity(low) ? "noise of every scale meets the target: nothing to search" : "no scale of this noise meets the target");
            at = high;
        }
        logWidth = at + logUnit;
        return Scaled(at);
    }
}

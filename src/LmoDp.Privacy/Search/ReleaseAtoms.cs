using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>
/// One release of sensitivity 1 as atoms of its privacy loss, a few hundred intervals of the output merged to one outcome each. Merging is post-processing, so nothing is overstated, and what
/// it hides is of second order in the width of the intervals: relative errors of some 1e-4 in epsilon. The search rests on it, never a guarantee.
/// </summary>
internal static class ReleaseAtoms
{
    private const double LogNegligible = -110;

    private const int MostNodes = 600;

    /// <summary>Losses, and their probabilities with the example, of removal under Poisson sampling.</summary>
    public static (double[] Losses, double[] Masses) Of(ContinuousLaw law, double samplingRate)
    {
        var nodes = Nodes(law);
        var count = nodes.Count;
        // The outcome (y, y') and its mirror image (1 - y', 1 - y) exchange the roles of P and Q.
        var losses = new double[2 * count];
        var masses = new double[2 * count];
        for (var i = 0; i < count; i++)
        {
            var end = i + 1 < count ? nodes[i + 1] : double.PositiveInfinity;
            var (p, q) = (law.Probability(nodes[i] - 1, end - 1), law.Probability(nodes[i], end));
            // Far out both masses may be nothing but rounding; the loss between two ends is then read off the densities.
            var loss = p > 1e-290 && q > 1e-290 ? Math.Log(p / q) : law.PrivacyLoss(nodes[i], 1);
            (losses[count + i], masses[count + i]) = (SubsampledLoss.Subsampled(loss, samplingRate), (1 - samplingRate) * q + samplingRate * p);
            (losses[count - 1 - i], masses[count - 1 - i]) = (SubsampledLoss.Subsampled(-loss, samplingRate), (1 - samplingRate) * p + samplingRate * q);
        }
        return (losses, masses);
    }

    /// <summary>
    /// Outputs from 1/2, the axis of symmetry, to far out: dense at 1, where the density of the output with the example peaks, then in steps that grow with the distance from there up to a fraction
    /// of the law's width.
    /// </summary>
    private static List<double> Nodes(ContinuousLaw law)
    {
        var width = -law.Quantile(0.25);
        var finest = Math.Min(width, 1 / PeakSlope(law, width)) / 32;
        List<double> below = [];
        var distance = 0.0;
        for (var step = Math.Min(finest, 1.0 / 32); distance + step < 0.5 && below.Count < MostNodes; step = Step(step))
            below.Add(1 - (distance += step));
        List<double> nodes = [0.5, .. Enumerable.Reverse(below), 1];
        distance = 0;
        for (var step = finest; nodes.Count < MostNodes && law.LogSurvival(distance) > LogNegligible; step = distance > 16 * width ? step * 1.1 : Step(step))
            nodes.Add(1 + (distance += step));
        return nodes;

        double Step(double step) => Math.Min(step * 1.1, width / 16);
    }

    /// <summary>How fast the density falls at its peak: on the scale of its height for a kink, of the width for a smooth one.</summary>
    private static double PeakSlope(ContinuousLaw law, double width) => double.IsFinite(law.LipschitzConstant) ? law.LipschitzConstant : 1 / width;
}

using System.Globalization;
using LmoDp.Cli.Verbs;
using ScottPlot;

namespace LmoDp.Cli.Plots;

/// <summary>The LMO-DP paper's figures on noise.</summary>
internal static class ReproductionPlot
{
    private static readonly Color Lmo = Color.FromHex("#1f6fb4");
    private static readonly Color Gaussian = Color.FromHex("#c0392b");
    private static readonly Color Laplace = Color.FromHex("#2e8b57");

    /// <summary>Draws of LMO noise over draws of the Gaussian that keeps the same claim.</summary>
    public static Plot Draws(NoiseDraws draws)
    {
        var plot = new Plot();
        Points(plot, draws.Gaussian, Gaussian, "gaussian, which keeps it");
        Points(plot, draws.Lmo, Lmo, $"lmo as published, which costs at most {OutwardRounding.Up(draws.Law.Epsilon, 3)}");
        var framed = PlotStyle.Framed(plot, string.Create(CultureInfo.InvariantCulture, $"Draws at claimed epsilon {draws.Law.ClaimedEpsilon}"), "draw", "noise, in units of the sensitivity", Alignment.UpperRight);
        // Headroom for the legend.
        var reach = draws.Gaussian.Concat(draws.Lmo).Max(Math.Abs);
        framed.Axes.SetLimits(0, 1.05 * draws.Lmo.Length, -1.1 * reach, 1.6 * reach);
        return framed;
    }

    /// <summary>Variance against epsilon.</summary>
    public static Plot Variance(IReadOnlyList<PublishedNoise> laws)
    {
        var plot = new Plot();
        Lines(plot, laws, law => 2 * Math.Log10(law.Std), law => 2 * Math.Log10(law.GaussianStd), law => 2 * Math.Log10(law.LaplaceStd));
        Line(plot, laws, law => law.ClaimedEpsilon, law => 2 * Math.Log10(law.ClassicalGaussianStd), Gaussian.WithAlpha(0.45), MarkerShape.OpenCircle, "gaussian, classical formula");
        PlotStyle.LogarithmicLeft(plot);
        return Framed(plot, laws, "Variance", "variance (log scale)");
    }

    /// <summary>Entropy against epsilon.</summary>
    public static Plot Entropy(IReadOnlyList<PublishedNoise> laws)
    {
        var plot = new Plot();
        Lines(plot, laws, law => law.Entropy, law => law.GaussianEntropy, law => law.LaplaceEntropy);
        return Framed(plot, laws, "Entropy", "differential entropy, nats");
    }

    private static Plot Framed(Plot plot, IReadOnlyList<PublishedNoise> laws, string title, string vertical)
    {
        var framed = PlotStyle.Framed(plot, title, "epsilon of one number", vertical, Alignment.UpperRight);
        framed.Axes.SetLimitsX(0, 1.05 * laws.Max(law => Math.Max(law.ClaimedEpsilon, law.Epsilon)));
        return framed;
    }

    private static void Lines(Plot plot, IReadOnlyList<PublishedNoise> laws, Func<PublishedNoise, double> lmo, Func<PublishedNoise, double> gaussian, Func<PublishedNoise, double> laplace)
    {
        Line(plot, laws, law => law.ClaimedEpsilon, lmo, Lmo.WithAlpha(0.45), MarkerShape.OpenCircle, "lmo at the epsilon claimed");
        // Not one curve: the sets were found for other epsilons than they keep.
        Line(plot, laws, law => law.Epsilon, lmo, Lmo, MarkerShape.FilledCircle, "lmo at the epsilon that holds").LineWidth = 0;
        Line(plot, laws, law => law.ClaimedEpsilon, gaussian, Gaussian, MarkerShape.FilledCircle, "gaussian");
        Line(plot, laws, law => law.ClaimedEpsilon, laplace, Laplace, MarkerShape.FilledCircle, "laplace");
    }

    private static ScottPlot.Plottables.Scatter Line(Plot plot, IReadOnlyList<PublishedNoise> laws, Func<PublishedNoise, double> epsilon, Func<PublishedNoise, double> value, Color color, MarkerShape marker, string legend)
    {
        var line = plot.Add.Scatter(laws.Select(epsilon).ToArray(), laws.Select(value).ToArray(), color);
        line.MarkerShape = marker;
        line.LineWidth = 2f;
        line.MarkerSize = 6;
        line.LegendText = legend;
        return line;
    }

    private static void Points(Plot plot, double[] draws, Color color, string legend)
    {
        var points = plot.Add.ScatterPoints(Enumerable.Range(1, draws.Length).Select(i => (double)i).ToArray(), draws, color.WithAlpha(0.6));
        points.MarkerSize = 4;
        points.LegendText = legend;
    }
}

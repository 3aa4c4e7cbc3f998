using LmoDp.Cli.Verbs;
using ScottPlot;

namespace LmoDp.Cli.Plots;

/// <summary>Several noise laws in one picture: their densities and their tails, both on logarithmic axes.</summary>
internal static class ComparisonPlot
{
    private const int Points = 801;

    /// <summary>What the density panel shows of each tail, and the tail panel.</summary>
    private const double DensityTail = 1e-3, SmallestTail = 1e-6;

    /// <summary>Where pictures end at the latest, in medians of the narrowest law's |z|: beyond the one-in-a-million point of Laplace noise, 20.</summary>
    private const double MostMedians = 40;

    private static readonly ScottPlot.Palettes.Category10 Colours = new();

    /// <summary>The densities, as far as the widest law's 0.1 % tails, or nearly.</summary>
    public static Plot Density(IReadOnlyList<ComparedLaw> laws)
    {
        var reach = Reach(laws, DensityTail);
        var (plot, labels) = (new Plot(), NoiseCompareResult.Labels(laws));
        for (var i = 0; i < laws.Count; i++)
            Line(plot, labels[i], i, Grid(-reach, reach), z => laws[i].Compared.LogDensity(z) / Math.Log(10));
        PlotStyle.LogarithmicLeft(plot);
        return PlotStyle.Framed(plot, "Density", "noise z, in units of the sensitivity", "density (log scale)", Alignment.LowerCenter);
    }

    /// <summary>How often the noise is larger than g, down to one in a million.</summary>
    public static Plot Tail(IReadOnlyList<ComparedLaw> laws)
    {
        var reach = Reach(laws, SmallestTail / 2);
        var (plot, labels) = (new Plot(), NoiseCompareResult.Labels(laws));
        for (var i = 0; i < laws.Count; i++)
            Line(plot, labels[i], i, Grid(0, reach), g => Math.Max((laws[i].Compared.LogSurvival(g) + Math.Log(2)) / Math.Log(10), 2 * Math.Log10(SmallestTail)));
        PlotStyle.LogarithmicLeft(plot);
        var framed = PlotStyle.Framed(plot, "How often the noise is larger", "g, in units of the sensitivity", "P(|z| > g) (log scale)", Alignment.UpperRight);
        framed.Axes.SetLimitsY(Math.Log10(SmallestTail), 0.2);
        return framed;
    }

    /// <summary>As far as the widest law's tail, but not so far for a heavy one that nothing is left to see of the others.</summary>
    private static double Reach(IReadOnlyList<ComparedLaw> laws, double tail)
        => Math.Max(1, Math.Min(laws.Max(law => -law.Compared.Quantile(tail)), MostMedians * laws.Min(law => -law.Compared.Quantile(0.25))));

    private static double[] Grid(double from, double to) => [.. Enumerable.Range(0, Points).Select(i => from + (to - from) * i / (Points - 1))];

    private static void Line(Plot plot, string label, int index, double[] places, Func<double, double> value)
    {
        var line = plot.Add.ScatterLine(places, places.Select(value).ToArray(), Colours.GetColor(index));
        line.LineWidth = 2.5f;
        line.LegendText = label;
    }
}

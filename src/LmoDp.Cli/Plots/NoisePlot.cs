using System.Globalization;
using LmoDp.Privacy.Noise;
using ScottPlot;

namespace LmoDp.Cli.Plots;

/// <summary>A noise law as two panels: its density, on a logarithmic axis, before and after a shift by the sensitivity; and the privacy loss of each output.</summary>
internal static class NoisePlot
{
    private const int Points = 801;
    private const string Horizontal = "output z, in units of the sensitivity";
    private static readonly Color Without = Color.FromHex("#7f8c9b");
    private static readonly Color With = Color.FromHex("#1f6fb4");
    private static readonly Color Limit = Color.FromHex("#c0392b");

    /// <summary>The density panel: the output's law without the example, and with it.</summary>
    public static Plot Density(NoiseLaw law)
    {
        var plot = new Plot();
        Line(plot, law, z => law.LogDensity(z) / Math.Log(10), Without, "without the example");
        Line(plot, law, z => law.LogDensity(z - 1) / Math.Log(10), With, "with the example (shifted by 1)");
        PlotStyle.LogarithmicLeft(plot);
        return PlotStyle.Framed(plot, "Density", Horizontal, "density (log scale)", Alignment.UpperRight);
    }

    /// <summary>The privacy-loss panel, with the claimed epsilon where there is one.</summary>
    public static Plot PrivacyLoss(NoiseLaw law, double? claimedEpsilon)
    {
        var plot = new Plot();
        Line(plot, law, z => law.PrivacyLoss(z, 1), With, "privacy loss");
        var pure = law.MaximumPrivacyLoss(1);
        if (double.IsFinite(pure))
            Level(plot, pure, Without, string.Create(CultureInfo.InvariantCulture, $"pure epsilon {pure:G4}"));
        if (claimedEpsilon is { } claim)
            Level(plot, claim, Limit, string.Create(CultureInfo.InvariantCulture, $"claimed epsilon {claim:G4}"));
        return PlotStyle.Framed(plot, "Privacy loss", Horizontal, "log f(z - 1) / f(z)", Alignment.MiddleRight);
    }

    private static void Line(Plot plot, NoiseLaw law, Func<double, double> value, Color color, string legend)
    {
        var reach = Math.Max(2, -law.Quantile(1e-4));
        var z = Enumerable.Range(0, Points).Select(i => 0.5 + reach * (2.0 * i / (Points - 1) - 1)).ToArray();
        var line = plot.Add.ScatterLine(z, z.Select(value).ToArray(), color);
        line.LineWidth = 2.5f;
        line.LegendText = legend;
    }

    private static void Level(Plot plot, double height, Color color, string legend)
    {
        foreach (var y in new[] { height, -height })
        {
            var line = plot.Add.HorizontalLine(y, 1.5f, color, LinePattern.Solid);
            if (y > 0)
                line.LegendText = legend;
        }
    }
}

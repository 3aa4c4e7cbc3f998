using System.Globalization;
using ScottPlot;

namespace LmoDp.Cli.Plots;

/// <summary>How all line plots look.</summary>
internal static class PlotStyle
{
    /// <summary>Labels the left axis, which holds logarithms to base 10, with powers of ten.</summary>
    public static void LogarithmicLeft(Plot plot) => plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic
    {
        IntegerTicksOnly = true,
        MinorTickGenerator = new ScottPlot.TickGenerators.LogMinorTickGenerator(),
        LabelFormatter = exponent => string.Create(CultureInfo.InvariantCulture, $"1e{exponent:F0}"),
    };

    /// <summary>Titles, legend and frame.</summary>
    public static Plot Framed(Plot plot, string title, string horizontal, string vertical, Alignment legend)
    {
        plot.Font.Set("DejaVu Sans");
        plot.Title(title, 18);
        plot.XLabel(horizontal, 14);
        plot.YLabel(vertical, 14);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;
        plot.Axes.Right.FrameLineStyle.IsVisible = plot.Axes.Top.FrameLineStyle.IsVisible = false;
        plot.Legend.OutlineColor = Color.FromHex("#e6e9ed");
        plot.Legend.ShadowColor = Colors.Transparent;
        plot.Grid.MajorLineColor = Color.FromHex("#e6e9ed");
        plot.ShowLegend(legend);
        plot.Axes.MarginsX(0);
        return plot;
    }
}

using ScottPlot;

namespace LmoDp.Cli.Plots;

/// <summary>Accuracies side by side, as bars.</summary>
internal static class AccuracyPlot
{
    /// <summary>Draws the bars into a PNG file.</summary>
    public static void Save(string path, string title, IReadOnlyList<(string Name, double Accuracy)> bars)
    {
        using var plot = new Plot();
        var palette = new[] { Colors.LightGray, Colors.SteelBlue, Colors.DarkSeaGreen };
        for (var i = 0; i < bars.Count; i++)
        {
            var bar = plot.Add.Bar(i, 100 * bars[i].Accuracy);
            bar.Color = palette[i % palette.Length];
            bar.Bars[0].Label = Output.Figures.Percent(bars[i].Accuracy);
        }
        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, bars.Count).Select(i => (double)i)], [.. bars.Select(bar => bar.Name)]);
        plot.Axes.SetLimitsY(0, 105);
        plot.YLabel("accuracy (%)");
        plot.Title(title);
        plot.SavePng(path, 640, 420);
    }
}

using LmoDp.Cli.Study;
using ScottPlot;

namespace LmoDp.Cli.Plots;

/// <summary>Accuracy against epsilon: one line a mechanism, of several schedules the one that is best on dev, with bars from the least to the largest over the seeds. Runs stand at the epsilon that is proven for them.</summary>
internal static class AccuracyAgainstEpsilonPlot
{
    private static readonly ScottPlot.Palettes.Category10 Colours = new();

    /// <summary>The picture for one delta; runs without privacy are a dashed line across.</summary>
    public static Plot Of(IReadOnlyList<AccuracyGroup> groups, double delta)
    {
        var plot = new Plot();
        var mechanisms = groups.Where(group => group.Delta == delta || group.Delta is null).GroupBy(group => group.Mechanism).ToArray();
        for (var i = 0; i < mechanisms.Length; i++)
        {
            var colour = Colours.GetColor(i);
            var best = mechanisms[i].GroupBy(group => group.Claimed).Select(same => same.MaxBy(group => group.Dev)!).Where(group => group.Epsilon is null or (> 0 and < double.PositiveInfinity)).OrderBy(group => group.Epsilon).ToArray();
            if (best.Length == 0)
                continue;
            if (best[0].Epsilon is null)
            {
                var line = plot.Add.HorizontalLine(100 * best[0].Accuracy.Mean, 2, colour, LinePattern.Dashed);
                line.LegendText = mechanisms[i].Key;
                continue;
            }
            double[] places = [.. best.Select(group => Math.Log10(group.Epsilon!.Value))];
            var points = plot.Add.Scatter(places, [.. best.Select(group => 100 * group.Accuracy.Mean)], colour);
            (points.LineWidth, points.MarkerSize, points.LegendText) = (2.5f, 8, mechanisms[i].Key);
            for (var j = 0; j < best.Length; j++)
                plot.Add.Line(places[j], 100 * best[j].Accuracy.Least, places[j], 100 * best[j].Accuracy.Most).Color = colour;
        }
        plot.Axes.Bottom.SetTicks([.. Ticks.Select(Math.Log10)], [.. Ticks.Select(tick => Output.Figures.Short(tick))]);
        var framed = PlotStyle.Framed(plot, FormattableString.Invariant($"Accuracy at delta {delta:R}, schedules best on dev"), "epsilon, proven for such a run with secret randomness (log scale)", "accuracy (%)", Alignment.LowerRight);
        framed.Axes.Margins(0.05, 0.1);
        return framed;
    }

    private static double[] Ticks { get; } = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];
}

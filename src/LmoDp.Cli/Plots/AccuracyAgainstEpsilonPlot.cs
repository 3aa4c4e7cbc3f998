using LmoDp.Cli.Study;
using ScottPlot;

namespace LmoDp.Cli.Plots;

/// <summary>Accuracy against epsilon: one line a mechanism, of its schedules the one that most runs have (the best of many would look better than it is), with bars from the least to the largest over the seeds. Runs stand at the epsilon that is proven for them.</summary>
internal static class AccuracyAgainstEpsilonPlot
{
    /// <summary>High enough for a legend of a line a mechanism below the axes, in pixels.</summary>
    public const int Height = 640;

    /// <summary>What the axes show at least, lest chance look like a trend.</summary>
    private const double LeastDecades = 1, LeastPoints = 10;

    private static readonly ScottPlot.Palettes.Category10 Colours = new();

    /// <summary>The picture for one delta; runs without privacy are a dashed line across.</summary>
    public static Plot Of(IReadOnlyList<AccuracyGroup> groups, double delta)
    {
        var plot = new Plot();
        var mechanisms = groups.Where(group => group.Delta == delta || group.Delta is null).GroupBy(group => group.Mechanism).ToArray();
        for (var i = 0; i < mechanisms.Length; i++)
        {
            var colour = Colours.GetColor(i);
            var line = mechanisms[i].GroupBy(group => group.Schedule).MaxBy(schedule => (schedule.Sum(group => group.Runs.Count), schedule.Average(group => group.Dev)))!.Where(group => group.Epsilon is null or (> 0 and < double.PositiveInfinity)).OrderBy(group => group.Epsilon).ToArray();
            if (line.Length == 0)
                continue;
            if (line[0].Epsilon is null)
            {
                var across = plot.Add.HorizontalLine(100 * line[0].Accuracy.Mean, 2, colour, LinePattern.Dashed);
                across.LegendText = mechanisms[i].Key;
                continue;
            }
            double[] places = [.. line.Select(group => Math.Log10(group.Epsilon!.Value))];
            var points = plot.Add.Scatter(places, [.. line.Select(group => 100 * group.Accuracy.Mean)], colour);
            (points.LineWidth, points.MarkerSize, points.LegendText) = (2.5f, 8, mechanisms[i].Key);
            for (var j = 0; j < line.Length; j++)
                plot.Add.Line(places[j], 100 * line[j].Accuracy.Least, places[j], 100 * line[j].Accuracy.Most).Color = colour;
        }
        plot.Axes.Bottom.SetTicks([.. Ticks.Select(Math.Log10)], [.. Ticks.Select(tick => Output.Figures.Short(tick))]);
        var framed = PlotStyle.Framed(plot, FormattableString.Invariant($"Accuracy at delta {delta:R}"), "epsilon, proven for such a run with secret randomness (log scale)",
            groups.All(group => group.HasTest) ? "accuracy on the test set (%)" : "accuracy on the set that settings are chosen by (%)", Alignment.LowerRight);
        framed.ShowLegend(Edge.Bottom); // outside, since points may lie anywhere
        framed.Legend.Orientation = Orientation.Vertical;
        framed.Axes.Margins(0.05, 0.1);
        framed.Axes.Rules.Add(new ScottPlot.AxisRules.MinimumSpan(framed.Axes.Bottom, framed.Axes.Left, LeastDecades, LeastPoints));
        return framed;
    }

    private static double[] Ticks { get; } = [.. from exponent in Enumerable.Range(-3, 6) from first in new[] { 1, 2, 3, 5 } select first * Math.Pow(10, exponent)];
}

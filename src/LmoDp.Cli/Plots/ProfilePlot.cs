using System.Globalization;
using LmoDp.Cli.Verbs;
using LmoDp.Privacy.Accounting;
using ScottPlot;

namespace LmoDp.Cli.Plots;

/// <summary>What a composition costs at every epsilon: delta on a logarithmic axis, with the answer that was asked for; for the Renyi accountant also the curve it comes from.</summary>
internal static class ProfilePlot
{
    private const int Points = 33, PointsAtEnd = 14;

    /// <summary>Where the profile ends: a few powers of ten below the answer.</summary>
    private const double FurtherDown = 1e-3, SmallestDelta = 1e-290;

    private static readonly Color Upper = Color.FromHex("#1f6fb4");
    private static readonly Color Lower = Color.FromHex("#7f8c9b");
    private static readonly Color Answer = Color.FromHex("#c0392b");

    /// <summary>The panels.</summary>
    public static Plot[] Panels(Composition composition, AccountResult account) => account.Accountant == AccountantKind.Pld
        ? [Profile(account, PldEnd(composition, account), epsilon => PldAccountant.Delta(composition, epsilon, 1e-2))]
        : RenyiPanels(RenyiAccountant.Curves(composition), account);

    private static double PldEnd(Composition composition, AccountResult account) => PldAccountant.Epsilon(composition, EndingDelta(account), 1e-2).Upper;

    private static double EndingDelta(AccountResult account) => Math.Clamp(account.Delta * FurtherDown, SmallestDelta, 0.5);

    private static Plot[] RenyiPanels(IReadOnlyList<(RenyiCurve Curve, long Times)> steps, AccountResult account)
    {
        var profile = Profile(account, RenyiAccountant.Epsilon(steps, EndingDelta(account)).Epsilon, epsilon => new Bounds(RenyiAccountant.Delta(steps, epsilon).Delta, 0));
        if (steps.Count == 0)
            return [profile];
        var plot = new Plot();
        var most = 2 * Math.Max(account.Order is { } answer && double.IsFinite(answer) ? answer : 1, 4);
        var orders = Enumerable.Range(1, Points).Select(i => 1 + (most - 1) * i / Points).ToArray();
        var line = plot.Add.ScatterLine(orders, orders.Select(order => Math.Log10(steps.Sum(part => part.Times * part.Curve.Divergence(order)))).ToArray(), Upper);
        line.LineWidth = 2.5f;
        if (account.Order is { } best && double.IsFinite(best))
            plot.Add.VerticalLine(best, 1.5f, Answer, LinePattern.Solid).LegendText = string.Create(CultureInfo.InvariantCulture, $"order of the answer, {best:G4}");
        PlotStyle.LogarithmicLeft(plot);
        return [profile, PlotStyle.Framed(plot, "Renyi divergence of the whole run", "order", "divergence (log scale)", Alignment.UpperLeft)];
    }

    private static Plot Profile(AccountResult account, double end, Func<double, Bounds> delta)
    {
        var plot = new Plot();
        end = double.IsFinite(end) && end > 0 ? end : 1;
        // Ever closer towards the end, where the profile of a bounded loss falls off a cliff; and at the answer, so that it lies on the curve.
        var epsilons = Enumerable.Range(0, Points).Select(i => end * i / (Points - 1)).Concat(Enumerable.Range(6, PointsAtEnd).Select(i => end * (1 - Math.Pow(0.5, i))))
            .Append(Math.Clamp(account.Epsilon, 0, end)).Distinct().Order().ToArray();
        var bounds = epsilons.Select(delta).ToArray();
        // The guarantee is drawn last, on top: the two are hardly ever apart.
        if (bounds.Any(bound => bound.Lower > 0))
            Line(plot, epsilons, bounds.Select(bound => bound.Lower), Lower, "lower bound");
        Line(plot, epsilons, bounds.Select(bound => bound.Upper), Upper, "upper bound (the guarantee)");
        if (account.Delta > 0 && double.IsFinite(account.Epsilon))
        {
            var marker = plot.Add.Marker(account.Epsilon, Math.Log10(account.Delta), color: Answer);
            marker.LegendText = string.Create(CultureInfo.InvariantCulture, $"({account.Epsilon:G5}, {account.Delta:G3})");
        }
        PlotStyle.LogarithmicLeft(plot);
        PlotStyle.Framed(plot, "Privacy profile", "epsilon", "delta (log scale)", IsConcave(epsilons, bounds) ? Alignment.LowerLeft : Alignment.UpperRight);
        // Room for the whole of a marker at the end.
        plot.Axes.SetLimitsX(0, 1.03 * end);
        return plot;
    }

    /// <summary>Whether the curve, on its logarithmic axis, keeps to the upper right of the straight line between its ends, and so away from the lower left corner.</summary>
    private static bool IsConcave(double[] epsilons, Bounds[] bounds)
    {
        double Height(int i) => Math.Log10(Math.Max(bounds[i].Upper, SmallestDelta));
        var middle = Array.FindIndex(epsilons, epsilon => epsilon >= epsilons[^1] / 2);
        return 2 * Height(middle) > Height(0) + Height(epsilons.Length - 1);
    }

    private static void Line(Plot plot, double[] epsilons, IEnumerable<double> deltas, Color color, string legend)
    {
        var points = epsilons.Zip(deltas).Where(point => point.Second > SmallestDelta).ToArray();
        var line = plot.Add.ScatterLine(points.Select(point => point.First).ToArray(), points.Select(point => Math.Log10(point.Second)).ToArray(), color);
        line.LineWidth = 2.5f;
        line.LegendText = legend;
    }
}

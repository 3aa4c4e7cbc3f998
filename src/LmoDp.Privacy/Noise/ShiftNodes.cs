using LmoDp.Privacy.Numerics;
using MathNet.Numerics.Integration;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// One shift of a law by x, tabulated once for all orders. Pairing each output with its mirror image, the moment of order a less 1 is the integral of
/// f(v) (1 - e^(-a b(v))) (e^((a-1) b(v)) - 1) over v &gt; 0 with b(v) = log f(v)/f(v+x), and over 0 &lt; v &lt; x/2 with b(v) = log f(v)/f(x-v): no cancellation, and nodes that do not depend on a.
/// 16-point Gauss-Legendre on panels that double outwards from well below the distance to the next singularity, for log-concave laws up to half a standard deviation; as many as an order needs.
/// </summary>
internal sealed class ShiftNodes
{
    private const int Points = 16, MostPanels = 5000;
    private const double Negligible = 1e-17;
    private static readonly GaussLegendreRule Rule = new(0, 1, Points);

    private readonly ContinuousLaw law;
    private readonly double x;
    private readonly double widest;
    private readonly List<(double LogMass, double Loss)[]> inner = [];
    private readonly List<(double LogMass, double Loss)[]> outer = [];
    private double end;
    private double width;

    public ShiftNodes(ContinuousLaw law, double x)
    {
        (this.law, this.x) = (law, x);
        (width, widest) = law is LmoLaw lmo
            ? (1 / (8 * lmo.LargestRate), double.PositiveInfinity)
            : (Math.Min(law.StandardDeviation / (1 << 14), x / 16), law.StandardDeviation / 2);
        var (low, step) = (0.0, Math.Min(width, x / (1 << 12)));
        while (low < x / 2)
        {
            var high = Math.Min(low + step, x / 2);
            inner.Add(Panel(low, high, v => x - v));
            (low, step) = (high, Math.Min(2 * step, widest));
        }
    }

    /// <summary>R_a(x).</summary>
    public double Renyi(double order)
    {
        var excess = inner.Sum(panel => Sum(panel, order));
        for (var i = 0; i < MostPanels; i++)
        {
            if (i == outer.Count)
                Extend();
            var part = Sum(outer[i], order);
            excess += part;
            if (part < Negligible * excess)
                break;
        }
        return double.IsFinite(excess) ? Elementary.Log1p(excess) / (order - 1) : new OneRelease(law, x).Renyi(order);
    }

    private void Extend()
    {
        outer.Add(Panel(end, end + width, v => v + x));
        (end, width) = (end + width, Math.Min(2 * width, widest));
    }

    private static double Sum((double LogMass, double Loss)[] panel, double order)
    {
        var sum = 0.0;
        foreach (var (logMass, loss) in panel)
            sum += Math.Exp(logMass + (order - 1) * loss) * Elementary.Expm1((1 - order) * loss) * Elementary.Expm1(-order * loss);
        return sum;
    }

    private (double LogMass, double Loss)[] Panel(double low, double high, Func<double, double> partner)
    {
        var panel = new (double, double)[Points];
        for (var i = 0; i < Points; i++)
        {
            var v = low + (high - low) * Rule.Abscissas[i];
            var log = law.LogDensity(v);
            panel[i] = (log + Math.Log(Rule.Weights[i] * (high - low)), Math.Max(log - law.LogDensity(partner(v)), 0));
        }
        return panel;
    }
}

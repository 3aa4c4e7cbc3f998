using LmoDp.Privacy.Numerics;
using MathNet.Numerics.Integration;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// One shift of an LMO law by x, tabulated once for all orders. Pairing each output with its mirror image, the moment of order a less 1 is the integral of
/// f(v) (1 - e^(-a b(v))) (e^((a-1) b(v)) - 1) over v &gt; 0 with b(v) = log f(v)/f(v+x), and over 0 &lt; v &lt; x/2 with b(v) = log f(v)/f(x-v): no cancellation, and, as b &lt;= L x, one set of
/// nodes serves every order that matters (a L x of order 1). 16-point Gauss-Legendre on panels that double outwards from an eighth of the distance to the next singularity.
/// </summary>
internal sealed class ShiftNodes
{
    private const int Points = 16;
    private const int Doublings = 40;
    private static readonly GaussLegendreRule Rule = new(0, 1, Points);
    private readonly List<(double Mass, double Loss)> nodes = [];
    private readonly double largest;

    public ShiftNodes(LmoLaw law, double x)
    {
        largest = law.LipschitzConstant * x;
        var first = 1 / (8 * law.LargestRate);
        foreach (var (low, high) in Panels(first, double.PositiveInfinity))
            Add(law, low, high, v => v + x);
        foreach (var (low, high) in Panels(first, x / 2))
            Add(law, low, high, v => x - v);
    }

    /// <summary>R_a(x).</summary>
    public double Renyi(double order)
    {
        var excess = 0.0;
        foreach (var (mass, loss) in nodes)
            excess += mass * -Elementary.Expm1(-order * loss) * Elementary.Expm1((order - 1) * loss);
        return double.IsInfinity(excess) ? largest : Math.Min(Elementary.Log1p(excess) / (order - 1), largest);
    }

    private static IEnumerable<(double Low, double High)> Panels(double first, double end)
    {
        var (low, width) = (0.0, first);
        for (var i = 0; i < Doublings && low < end; i++)
        {
            var high = Math.Min(low + width, end);
            yield return (low, high);
            (low, width) = (high, 2 * width);
        }
    }

    private void Add(LmoLaw law, double low, double high, Func<double, double> partner)
    {
        for (var i = 0; i < Points; i++)
        {
            var v = low + (high - low) * Rule.Abscissas[i];
            var log = law.LogDensity(v);
            var mass = Rule.Weights[i] * (high - low) * Math.Exp(log);
            if (mass > 0)
                nodes.Add((mass, Math.Max(log - law.LogDensity(partner(v)), 0)));
        }
    }
}

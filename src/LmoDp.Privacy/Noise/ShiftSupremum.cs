using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// Certified bounds on c(a) = sup over 0 &lt; x &lt;= 1 of R_a(x)/x^2, R_a(x) the Renyi divergence of the law and its shift by x. Not a grid sample: every x lies in one of three ranges, and each
/// is bounded as a whole (docs/accounting-renyi.md, coordinate noise). I is the Fisher information, L the largest slope of |log f|.
/// </summary>
/// <remarks>
/// <para>Near 0: R_a(x)/x^2 &lt;= (a/2) sup over t &lt;= x of the integral of f(w-t)^a f(w)^(1-a) s(w) s(w-t) over w outside (0, t), s = (log f)': for log-convex sides at most
/// (a I/4) (1 + e^((a-1) L x)); for log-concave laws an integral that increases in t.</para>
/// <para>Far: R_a(x) &lt;= L x, so R_a(x)/x^2 &lt;= L/x.</para>
/// <para>Between, cell by cell: R_a'' &gt;= -B where B &gt;= (log f)'' on z &gt; 0, so that R_a lies below chord + B (x-u)(v-x)/2 on [u, v].</para>
/// </remarks>
public sealed class ShiftSupremum
{
    private const double SmallestStep = 1.0 / 1024, UsualStep = 1.0 / 16;

    /// <summary>So many of the smallest cells may miss the tolerance; where the curvature bound says too little for it, more of them would only take time.</summary>
    private const int MostMisses = 16;

    private readonly ContinuousLaw law;
    private readonly Dictionary<double, ShiftNodes> shifts = [];

    /// <param name="law">Any continuous law.</param>
    public ShiftSupremum(ContinuousLaw law)
    {
        ArgumentNullException.ThrowIfNull(law);
        this.law = law;
    }

    /// <summary>Bounds on c(a).</summary>
    /// <param name="order">a &gt; 1.</param>
    /// <param name="tolerance">Relative distance of the two to aim at.</param>
    public Bounds At(double order, double tolerance)
    {
        var limit = order * law.FisherInformation / 2;
        var start = Start(order, tolerance);
        var upper = NearZero(order, start);
        if (start == 1)
            return Bracket(Math.Max(limit, Renyi(order, 1)));
        var lower = limit;
        // Cells in log2 x, each accepted if it is bounded by little more than the largest value seen; x = 2^log.
        var (log, step) = (Math.Log2(start), UsualStep);
        var (x, divergence) = (start, Renyi(order, start));
        var (smallest, misses) = (SmallestStep, 0);
        while (x < 1 && law.LipschitzConstant / x > (1 + tolerance) * lower)
        {
            var nextLog = Math.Min(log + step, 0);
            var next = Math.Pow(2, nextLog);
            var nextDivergence = Renyi(order, next);
            var seen = Math.Max(lower, nextDivergence / (next * next));
            var bound = OverCell(x, divergence, next, nextDivergence);
            var isMissed = bound > (1 + tolerance) * seen;
            if (isMissed && step > smallest)
            {
                step /= 2;
                continue;
            }
            if (isMissed && ++misses == MostMisses)
                smallest = UsualStep;
            (lower, upper) = (seen, Math.Max(upper, bound));
            (log, x, divergence) = (nextLog, next, nextDivergence);
            step = Math.Min(2 * step, UsualStep * 8);
        }
        if (x < 1)
            upper = Math.Max(upper, law.LipschitzConstant / x);
        return Bracket(lower);

        // Pure epsilon L x implies R_a(x) <= a (L x)^2 / 2 (Bun and Steinke 2016, Proposition 3.3).
        Bounds Bracket(double seen)
        {
            var capped = Math.Min(upper, order * law.LipschitzConstant * law.LipschitzConstant / 2 * (1 + 1e-12));
            return new Bounds(capped, Math.Min(seen, capped));
        }
    }

    /// <summary>How far out, as a power of 2 to the multiple of <see cref="UsualStep"/>, the bound near 0 is tight enough.</summary>
    private double Start(double order, double tolerance)
    {
        var start = 1.0;
        var target = order * law.FisherInformation / 2 * (1 + tolerance);
        if (law.Shape == LogShape.LogConvexSides)
        {
            var logStart = Math.Log2(Elementary.Log1p(2 * tolerance) / ((order - 1) * law.LipschitzConstant));
            return Math.Pow(2, Math.Min(Math.Floor(logStart / UsualStep) * UsualStep, 0));
        }
        while (NearZero(order, start) > target && start > 1e-9)
            start /= 2;
        return start;
    }

    /// <summary>A bound on R_a(t)/t^2 for all 0 &lt; t &lt;= x.</summary>
    private double NearZero(double order, double x)
    {
        if (law.Shape == LogShape.LogConvexSides)
            return order * law.FisherInformation / 4 * (1 + Math.Exp((order - 1) * law.LipschitzConstant * x));
        double LogIntegrand(double v)
        {
            var (near, far) = (law.LogDensity(v), law.LogDensity(v + x));
            return near + Math.Log(law.Slope(v) * law.Slope(v + x)) + Elementary.LogSum(0, (order - 1) * (near - far));
        }
        var scale = 1 / Math.Sqrt(law.FisherInformation);
        return order / 2 * Math.Exp(LogQuadrature.Integrate(LogIntegrand, 0, double.PositiveInfinity, scale));
    }

    /// <summary>sup over [u, v] of (chord + B (x-u)(v-x)/2) / x^2: a quadratic polynomial in 1/x.</summary>
    private double OverCell(double u, double atU, double v, double atV)
    {
        var slope = (atV - atU) / (v - u);
        var constant = atU - slope * u - law.CurvatureBound * u * v / 2;
        var linear = slope + law.CurvatureBound * (u + v) / 2;
        var ends = Math.Max(atU / (u * u), atV / (v * v));
        if (constant >= 0)
            return ends;
        var vertex = -linear / (2 * constant);
        return vertex > 1 / v && vertex < 1 / u ? Math.Max(ends, linear * vertex / 2 - law.CurvatureBound / 2) : ends;
    }

    private double Renyi(double order, double x)
    {
        if (!shifts.TryGetValue(x, out var nodes))
            shifts[x] = nodes = new ShiftNodes(law, x);
        return nodes.Renyi(order);
    }
}

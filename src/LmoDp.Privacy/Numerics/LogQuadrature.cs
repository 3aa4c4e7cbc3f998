using MathNet.Numerics.Integration;

namespace LmoDp.Privacy.Numerics;

/// <summary>
/// The logarithm of the integral of exp(h) for a smooth h that rises to one peak and falls again, on a bounded interval or a half-line; values may be far outside the
/// range of a double. Panels grow geometrically from the peak (so that one rule serves Gaussian and power-law tails), each integrated by 16-point
/// Gauss-Legendre and halved until whole and halves agree to 1e-12 of the total; what is returned is the halves' sum.
/// </summary>
internal static class LogQuadrature
{
    private const int Points = 16;
    private const double Tolerance = 1e-12;
    private const int MaximumDepth = 48;
    private const int Budget = 4000;

    // Panels are dropped below exp(-45) of the total: also a power tail of exponent 1.01 then misses less than 1e-17.
    private const double Negligible = 2.8e-20;
    private const double Furthest = 1e300;

    private static readonly double[] Nodes = new GaussLegendreRule(-1, 1, Points).Abscissas;
    private static readonly double[] Weights = new GaussLegendreRule(-1, 1, Points).Weights;

    /// <param name="logIntegrand">h; may be -infinity.</param>
    /// <param name="a">Lower end.</param>
    /// <param name="b">Upper end, +infinity for a half-line.</param>
    /// <param name="scale">Roughly the width over which h varies near <paramref name="a"/>; it guides the search for the peak on a half-line.</param>
    /// <returns>log of the integral; -infinity for an empty interval.</returns>
    public static double Integrate(Func<double, double> logIntegrand, double a, double b, double scale)
    {
        if (!(scale > 0 && double.IsFinite(scale)))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "the scale must be positive and finite");
        if (!(a < b))
            return double.NegativeInfinity;
        var peak = double.IsPositiveInfinity(b) ? PeakOnHalfLine(logIntegrand, a, scale) : Peak(logIntegrand, a, b);
        var height = logIntegrand(peak);
        if (double.IsNegativeInfinity(height))
            return height;
        var state = new State(logIntegrand, height);
        state.Side(peak, b, Math.Min(scale, b - peak), 1);
        state.Side(peak, a, Math.Min(scale, peak - a), -1);
        return height + Math.Log(state.Total);
    }

    /// <summary>The integral so far, relative to exp(height), and the work that may still be spent on it.</summary>
    private sealed class State(Func<double, double> h, double height)
    {
        private double total;
        private int budget = Budget;

        public double Total => total;

        /// <summary>Adds the integral from the peak outwards to <paramref name="end"/>.</summary>
        public void Side(double peak, double end, double width, int direction)
        {
            while (h(peak + direction * width) < height - 2 && width > 1e-14 * Math.Abs(peak) && width > double.Epsilon)
                width /= 2;
            var near = peak;
            while (near != end && Math.Abs(near) < Furthest)
            {
                var far = near + direction * width;
                if (direction * (far - end) > 0)
                    far = end;
                var (low, high) = direction > 0 ? (near, far) : (far, near);
                var before = total;
                Add(low, high, Rule(low, high), 0);
                if (total - before < Negligible * total)
                    break;
                near = far;
                width *= 2;
            }
        }

        /// <summary>
        /// Adds one panel, given its value by the rule. Where h itself is rounded more coarsely than the tolerance, halving cannot help; the budget ends it.
        /// </summary>
        private void Add(double low, double high, double whole, int depth)
        {
            var middle = low + (high - low) / 2;
            var left = Rule(low, middle);
            var right = Rule(middle, high);
            budget--;
            if (Math.Abs(left + right - whole) <= Tolerance * (total + left + right) || depth == MaximumDepth || budget < 0)
            {
                total += left + right;
                return;
            }
            Add(low, middle, left, depth + 1);
            Add(middle, high, right, depth + 1);
        }

        private double Rule(double low, double high)
        {
            var half = (high - low) / 2;
            var centre = low + half;
            var sum = 0.0;
            for (var i = 0; i < Points; i++)
                sum += Weights[i] * Math.Exp(h(centre + half * Nodes[i]) - height);
            return half * sum;
        }
    }

    private static double PeakOnHalfLine(Func<double, double> h, double a, double scale)
    {
        var best = 0.0;
        var bestValue = h(a);
        for (var step = scale * 1e-12; step < Furthest; step *= 2)
        {
            var value = h(a + step);
            if (value > bestValue)
                (best, bestValue) = (step, value);
            else if (value < bestValue - 3)
                break;
        }
        return best == 0 ? Peak(h, a, a + scale * 1e-12) : Peak(h, a + best / 2, a + best * 2);
    }

    /// <summary>The highest point found by golden-section search, ends included.</summary>
    private static double Peak(Func<double, double> h, double a, double b)
    {
        const double Golden = 0.61803398874989485;
        var (low, high) = (a, b);
        var (x1, x2) = (high - Golden * (high - low), low + Golden * (high - low));
        var (h1, h2) = (h(x1), h(x2));
        for (var i = 0; i < 60 && high - low > 1e-6 * (b - a); i++)
        {
            if (h1 >= h2)
            {
                (high, x2, h2) = (x2, x1, h1);
                x1 = high - Golden * (high - low);
                h1 = h(x1);
            }
            else
            {
                (low, x1, h1) = (x1, x2, h2);
                x2 = low + Golden * (high - low);
                h2 = h(x2);
            }
        }
        var inner = h1 >= h2 ? x1 : x2;
        var (ha, hb, hi) = (h(a), h(b), Math.Max(h1, h2));
        return ha >= hb && ha >= hi ? a : hb >= hi ? b : inner;
    }
}

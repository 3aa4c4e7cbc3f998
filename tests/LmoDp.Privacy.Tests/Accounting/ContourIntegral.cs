using System.Numerics;
using MathNet.Numerics;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>
/// delta(epsilon) of T Poisson-subsampled Gaussian releases of sensitivity 1, by a method that shares nothing with the accountant: no grid of losses, no Fourier transform of masses, no code of it.
/// With M(s) = E[e^(s L)] of one step's loss under the first law, delta = E[(1 - e^(epsilon - L))_+] is the Bromwich integral of M(s)^T e^(-s epsilon) / (s (s + 1)) / (2 pi i) along Re s = c, any c &gt; 0:
/// the kernel is the Laplace transform of (1 - e^-x)_+. Where all T losses are below epsilon / 2T nothing is added to delta, so with B(s) = E[e^(s L); L &lt; epsilon / 2T] the integrand is as well
/// M^T - B^T, which keeps its digits however rare large losses are. Trapezoidal rules inside and out, exponentially accurate for what is analytic in a strip.
/// </summary>
internal sealed class ContourIntegral(double std, double samplingRate, long steps, double epsilon, double negligible, bool removal)
{
    /// <summary>Products of outer and inner nodes that are affordable: a second or two.</summary>
    private const double MostWork = 1e8;

    /// <param name="std">Standard deviation of the noise.</param>
    /// <param name="samplingRate">q.</param>
    /// <param name="steps">T.</param>
    /// <param name="epsilon">Positive.</param>
    /// <param name="least">What delta is at least about: masses a 1e-12th of it are left out.</param>
    /// <returns>delta, the larger direction, and how much it moved, relative to it, when both rules' steps were divided by 1.5 and the outer range multiplied by it; NaN where that would take too long.</returns>
    public static (double Delta, double Error) Largest(double std, double samplingRate, long steps, double epsilon, double least)
    {
        var remove = new ContourIntegral(std, samplingRate, steps, epsilon, 1e-12 * least / steps, removal: true).Delta();
        // Losses of addition are below -log(1 - q).
        if (samplingRate == 1 || epsilon >= -steps * Log1p(-samplingRate))
            return remove;
        var add = new ContourIntegral(std, samplingRate, steps, epsilon, 1e-12 * least / steps, removal: false).Delta();
        return add.Delta > remove.Delta || double.IsNaN(add.Delta) ? add : remove;
    }

    private (double Delta, double Error) Delta()
    {
        var c = Saddle();
        var curvature = (Height(1.02 * c) + Height(0.98 * c) - 2 * Height(c)) / Math.Pow(0.02 * c, 2);
        var deviation = Math.Sqrt(Math.Max(curvature, 1e-4 * epsilon * epsilon));
        // A sum over multiples of a step adds delta's images at epsilon + k period, tilted by e^(-c k period): the period must make them vanish on both sides.
        var period = Math.Max(100 / c, 12 * deviation);
        // The taper, e^-x^2-like, hides what lies farther from epsilon than 60 / range.
        var range = Math.Max(120 / epsilon, 16 / deviation);
        var previous = Sum(c, Math.Tau / period, range);
        for (var refinement = 0; ; refinement++)
        {
            (period, range) = (1.5 * period, 1.5 * range);
            var next = Sum(c, Math.Tau / period, range);
            var error = Math.Abs(next / previous - 1);
            if (!(error >= 1e-9) || refinement == 3)
                return (next, error);
            previous = next;
        }
    }

    private double Sum(double c, double step, double range)
    {
        // Nodes in z must tell e^(i tau L) apart for every tau, and no loss is steeper than 1 / std^2.
        var nodes = Tilted(c, Math.Min(Spacing, Math.Tau * std * std / (range + 12 * std)));
        var count = (int)Math.Min(Math.Ceiling(range / step), int.MaxValue / 2);
        if ((double)count * nodes.Count > MostWork)
            return double.NaN;
        var sum = 0.0;
        for (var k = 0; k < count; k++)
        {
            // Losses near 0 have no weight in delta, but their transform never ends; the taper ends it smoothly. It is flat over a good part of the range.
            var tau = k * step;
            var taper = SpecialFunctions.Erfc(12.0 * k / count - 6) / 2;
            var (small, large) = (Complex.Zero, Complex.Zero);
            foreach (var (loss, weight, isSmall) in nodes)
            {
                var (sine, cosine) = Math.SinCos(tau * loss);
                if (isSmall)
                    small += new Complex(weight * cosine, weight * sine);
                else
                    large += new Complex(weight * cosine, weight * sine);
            }
            var s = new Complex(c, tau);
            var term = Complex.Exp(LogDifference(small, large, -s * epsilon)) / (s * (s + 1));
            sum += (k == 0 ? 0.5 : 1) * taper * term.Real;
        }
        return sum * step / Math.PI;
    }

    /// <summary>log of ((B + R)^T - B^T) e^shift.</summary>
    private Complex LogDifference(Complex small, Complex large, Complex shift)
    {
        var ratio = large / small;
        if (!(Complex.Abs(ratio) * steps < 0.1))
        {
            // No digits to lose; the larger power goes before the bracket.
            var (whole, part) = (steps * Complex.Log(small + large), steps * Complex.Log(small));
            return shift + (small == 0 ? whole
                : whole.Real >= part.Real ? whole + Complex.Log(1 - Complex.Exp(part - whole))
                : part + Complex.Log(Complex.Exp(whole - part) - 1));
        }
        // Kahan's log(1 + x) and e^x - 1, which keep relative accuracy in the complex plane too.
        var one = 1 + ratio;
        var exponent = steps * (one == 1 ? ratio : Complex.Log(one) * ratio / (one - 1));
        var power = Complex.Exp(exponent);
        return steps * Complex.Log(small) + shift + Complex.Log(power == 1 ? exponent : (power - 1) * exponent / Complex.Log(power));
    }

    /// <summary>log of the integrand at c; convex, for what is left of the losses is a positive measure.</summary>
    private double Height(double c)
    {
        var nodes = Tilted(c, Spacing);
        var large = nodes.Where(node => !node.IsSmall).Sum(node => node.Weight);
        return LogDifference(nodes.Where(node => node.IsSmall).Sum(node => node.Weight), large, -c * epsilon).Real - Math.Log(c * (c + 1));
    }

    private double Saddle()
    {
        var (c, height) = (1e-3, Height(1e-3));
        while (Height(1.5 * c) is var next && next < height)
            (c, height) = (1.5 * c, next);
        var (low, high) = (c / 1.5, 1.5 * c);
        while (high > 1.02 * low)
        {
            var (left, right) = (low * Math.Pow(high / low, 0.382), low * Math.Pow(high / low, 0.618));
            (low, high) = Height(left) < Height(right) ? (low, right) : (left, high);
        }
        return Math.Sqrt(low * high);
    }

    private double Spacing => Math.Min(std, 2 * std * std) / 6;

    /// <summary>
    /// Nodes of the rule in the output z ~ N(0, std^2): the loss, and density times e^(c loss), so that the weights add up to M(c) under the first law. It ends where what is left has a negligible mass,
    /// however much the tilt would make of it.
    /// </summary>
    private List<(double Loss, double Weight, bool IsSmall)> Tilted(double c, double spacing)
    {
        // L(z) = log(1 - q + q e^((2 z - 1) / (2 std^2))); under the mixture the power of e^L is one more.
        var power = removal ? c + 1 : -c;
        double Log(double z) => power * Loss(z) - z * z / (2 * std * std);
        var far = std * Math.Sqrt(-2 * Math.Log(negligible));
        var (first, last) = ((long)Math.Floor(-far / spacing), (long)Math.Ceiling(((removal ? 1 : 0) + far) / spacing));
        var scale = spacing / (std * Math.Sqrt(Math.Tau));
        var most = 0.0;
        for (var z = first * spacing; z <= last * spacing; z += std / 8)
            most = Math.Max(most, Log(z));
        var nodes = new List<(double, double, bool)>();
        for (var k = first; k <= last; k++)
        {
            var (loss, log) = ((removal ? 1 : -1) * Loss(k * spacing), Log(k * spacing));
            var isSmall = loss < epsilon / (2 * steps);
            // Large losses may be rare; small ones only matter beside each other.
            if (log > most - (isSmall ? 40 : 120))
                nodes.Add((loss, scale * Math.Exp(log), isSmall));
        }
        return nodes;
    }

    private double Loss(double z)
    {
        var x = (2 * z - 1) / (2 * std * std);
        return x > 30 ? x + Math.Log(samplingRate + (1 - samplingRate) * Math.Exp(-x)) : Log1p(samplingRate * Expm1(x));
    }

    private static double Expm1(double x) => Math.Abs(x) < 1e-2 ? x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6 * (1 + x / 7)))))) : Math.Exp(x) - 1;

    private static double Log1p(double x) => 1 + x == 1 ? x : Math.Log(1 + x) * (x / (1 + x - 1));
}

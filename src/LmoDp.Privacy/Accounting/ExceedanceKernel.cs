using System.Numerics;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// The transform V_k = sum over start &lt;= j &lt; end of w_j e^(2 pi i j k / N) of w_j = e^(-theta (d_j - d_start))(1 - e^-d_j), d_j = j h - epsilon, in closed form: the
/// difference of two geometric sums.
/// </summary>
internal readonly struct ExceedanceKernel
{
    private const double Unit = 1.1102230246251565e-16;

    /// <summary>Units by which V may be off, relative to both series' lead / |1 - r e^(i w)| (docs/accounting.md, rounding).</summary>
    private const double Roundings = 96;

    private readonly FourierTransform transform;
    private readonly long start;
    private readonly long count;
    private readonly Series shallow;
    private readonly Series steep;

    /// <param name="transform">Gives the N-th roots of unity.</param>
    /// <param name="step">Grid step h.</param>
    /// <param name="theta">Tilt, positive.</param>
    /// <param name="epsilon">Loss from which exceedance is counted.</param>
    /// <param name="start">First index, with start * step &gt;= epsilon.</param>
    /// <param name="end">One past the last index, at most start + N.</param>
    public ExceedanceKernel(FourierTransform transform, double step, double theta, double epsilon, long start, long end)
    {
        this.transform = transform;
        this.start = start;
        count = end - start;
        // Rounded once: a distance much smaller than epsilon keeps its digits.
        var distance = Math.Max(Math.FusedMultiplyAdd(start, step, -epsilon), 0);
        shallow = new Series(theta, 1, step, count);
        steep = new Series(theta + 1, Math.Exp(-distance), step, count);
    }

    /// <summary>
    /// log of the largest weight e^(-theta d)(1 - e^-d) of any loss, at e^d = 1 + 1 / theta, rounded upwards: Chernoff's bound on delta is that times e^(-theta epsilon) E[e^(theta L)]
    /// (Canonne, Kamath, Steinke 2020, Proposition 12).
    /// </summary>
    /// <param name="theta">Positive.</param>
    public static double LogLargestWeight(double theta) => (-theta * Elementary.Log1p(1 / theta) - Elementary.Log1p(theta)) * (1 - 16 * Unit);

    /// <summary>V_k and a bound on its error.</summary>
    public (Complex Value, double Error) At(int k)
    {
        var mask = transform.Size - 1;
        var turn = (int)((start & mask) * k & mask);
        var endTurn = (int)((count & mask) * k & mask);
        var roots = transform.Roots;
        var (rotation, end, root) = (roots[turn], roots[endTurn], roots[k]);
        var (cos, sin, cosEnd, sinEnd) = (root.Real, root.Imaginary, end.Real, end.Imaginary);
        var versine = cos > 0 ? sin * sin / (1 + cos) : 1 - cos;
        var (first, firstScale) = shallow.Sum(cos, sin, versine, cosEnd, sinEnd);
        var (second, secondScale) = steep.Sum(cos, sin, versine, cosEnd, sinEnd);
        return (rotation * (first - second), Roundings * Unit * (firstScale + secondScale));
    }

    /// <summary>The sum of lead e^(-a m h) z^m over 0 &lt;= m &lt; count.</summary>
    private readonly struct Series(double rate, double lead, double step, long count)
    {
        private readonly double ratio = Math.Exp(-rate * step);
        private readonly double fall = -Elementary.Expm1(-rate * step);
        private readonly double endRatio = Math.Exp(-rate * step * count);
        private readonly double endFall = -Elementary.Expm1(-rate * step * count);

        public (Complex Value, double Scale) Sum(double cos, double sin, double versine, double cosEnd, double sinEnd)
        {
            // 1 - r e^(i w) = (1 - r) cos w + (1 - cos w) - i r sin w, without cancellation.
            var denominator = new Complex(fall * cos + versine, -ratio * sin);
            var numerator = new Complex(endFall * cosEnd + (1 - cosEnd), -endRatio * sinEnd);
            var squared = denominator.Real * denominator.Real + denominator.Imaginary * denominator.Imaginary;
            var real = (numerator.Real * denominator.Real + numerator.Imaginary * denominator.Imaginary) / squared;
            var imaginary = (numerator.Imaginary * denominator.Real - numerator.Real * denominator.Imaginary) / squared;
            return (new Complex(lead * real, lead * imaginary), lead / Math.Sqrt(squared));
        }
    }
}

using System.Numerics;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>A Fourier coefficient of a composition, a product of powers of the steps' coefficients or the difference of two, with what it may be off by (docs/accounting.md, composition).</summary>
/// <param name="Index">k, at most N/2.</param>
/// <param name="Value">As computed.</param>
/// <param name="Bound">On the sizes of the exact and of the computed one.</param>
/// <param name="PowerError">Bound on the rounding of the powers, relative to <paramref name="Bound"/>.</param>
/// <param name="SquaredSensitivity">
/// The number of kinds of errors times the sum of their squares, an error being the 2-norm of one transform's errors over all frequencies times a bound on this coefficient's derivative by that transform's.
/// </param>
internal readonly record struct Frequency(int Index, Complex Value, double Bound, double PowerError, double SquaredSensitivity)
{
    private const double Unit = 1.1102230246251565e-16;

    /// <summary>Bound on |x|: three roundings, and two more when deviations are added.</summary>
    public static double Size(Complex x) => Math.Sqrt(x.Real * x.Real + x.Imaginary * x.Imaginary) * (1 + 8 * Unit);

    /// <summary>From logarithms of the factors: X^n = e^(n log X).</summary>
    /// <param name="k">Index.</param>
    /// <param name="coefficients">log X of each kind of step.</param>
    /// <param name="times">Repetitions of each.</param>
    public static Frequency OfLogarithms(int k, ReadOnlySpan<Coefficient> coefficients, long[] times)
    {
        var (logSize, angle, error) = (0.0, 0.0, 16 * Unit);
        for (var g = 0; g < times.Length; g++)
        {
            var n = (double)times[g];
            logSize += n * coefficients[g].LogSize;
            angle += n * coefficients[g].Angle;
            // One rounding of n, one of the product and one of each sum that it is in.
            error += n * (coefficients[g].Error + (3 + times.Length) * Unit * (Math.Abs(coefficients[g].LogSize) + Math.Abs(coefficients[g].Angle)));
        }
        var (sin, cos) = Math.SinCos(angle);
        var size = Math.Exp(logSize);
        // e^0.1 is less than 1.12. A value that is lost in its error stays between 0 and 1 in size.
        return error < 0.1 ? new Frequency(k, new Complex(size * cos, size * sin), size * 1.12, 1.06 * error, 0) : new Frequency(k, Complex.Zero, 1, 1, 0);
    }

    /// <summary>Bound on the relative error of a product of powers: each multiplication has sqrt 5 u (Brent, Percival, Zimmermann 2007), and n factors have n - 1, whatever the order.</summary>
    /// <param name="times">Repetitions of each kind of step.</param>
    public static double PowerRounding(long[] times) => Elementary.Expm1(2.2361 * Unit * times.Sum(n => (double)n + 1));

    /// <summary>From factors of the fast transform.</summary>
    /// <param name="k">Index.</param>
    /// <param name="factors">X of each kind of step.</param>
    /// <param name="transforms">Where they are from.</param>
    /// <param name="times">Repetitions of each.</param>
    /// <param name="rounding"><see cref="PowerRounding"/>.</param>
    public static Frequency OfPowers(int k, ReadOnlySpan<Complex> factors, PackedTransform[] transforms, long[] times, double rounding)
    {
        var logBound = new UpperSum();
        for (var g = 0; g < factors.Length; g++)
            logBound.Add(times[g] * Math.Log(Size(factors[g]) + transforms[g].Deviation));
        var (value, bound, squares) = (Complex.One, Math.Exp(logBound.Value), 0.0);
        for (var g = 0; g < factors.Length; g++)
        {
            value *= Power(factors[g], times[g]);
            var deviation = transforms[g].Deviation;
            var error = times[g] * deviation * bound / (Size(factors[g]) + deviation);
            squares += error * error;
        }
        return new Frequency(k, value, bound, rounding, squares * factors.Length);
    }

    /// <summary>The composition less that of losses within a cut, from factors of the fast transform; null if it is negligible.</summary>
    /// <param name="k">Index.</param>
    /// <param name="all">X of each kind of step.</param>
    /// <param name="large">The part Z of X that is from losses beyond the cut.</param>
    /// <param name="transforms">Where X is from.</param>
    /// <param name="largeTransforms">Where Z is from.</param>
    /// <param name="times">Repetitions of each.</param>
    /// <param name="rounding"><see cref="PowerDifference.Rounding"/>.</param>
    /// <param name="negligible">Coefficients of at most this size are left out.</param>
    public static Frequency? OfDifference(
        int k, ReadOnlySpan<Complex> all, ReadOnlySpan<Complex> large, PackedTransform[] transforms, PackedTransform[] largeTransforms, long[] times, double rounding, double negligible)
    {
        // D is at most the product of all powers times the sum of n |Z| / |X|, for |X| the larger of |X| and |Y|; its derivatives follow by the product rule.
        var (logBound, rare) = (new UpperSum(), 0.0);
        Span<double> perStep = stackalloc double[all.Length];
        for (var g = 0; g < all.Length; g++)
        {
            var bound = Math.Max(Size(all[g]), Size(all[g] - large[g])) + transforms[g].Deviation + largeTransforms[g].Deviation;
            logBound.Add(times[g] * Math.Log(bound));
            perStep[g] = times[g] / bound;
            rare += perStep[g] * (Size(large[g]) + largeTransforms[g].Deviation);
        }
        var product = Math.Exp(logBound.Value);
        if (product * rare <= negligible)
            return null;
        var (value, squares) = (PowerDifference.Empty, 0.0);
        for (var g = 0; g < all.Length; g++)
        {
            value = value.Then(PowerDifference.Of(all[g], large[g], times[g]));
            var (byAll, byLarge) = (perStep[g] * rare * transforms[g].Deviation, perStep[g] * largeTransforms[g].Deviation);
            squares += byAll * byAll + byLarge * byLarge;
        }
        return new Frequency(k, value.D, product * rare, rounding, 2 * all.Length * squares * product * product);
    }

    /// <summary>x^n by squaring.</summary>
    private static Complex Power(Complex x, long n)
    {
        var result = Complex.One;
        for (; n > 0; n >>= 1)
        {
            if ((n & 1) == 1)
                result = new Complex(result.Real * x.Real - result.Imaginary * x.Imaginary, result.Real * x.Imaginary + result.Imaginary * x.Real);
            x = new Complex(x.Real * x.Real - x.Imaginary * x.Imaginary, 2 * x.Real * x.Imaginary);
        }
        return result;
    }
}

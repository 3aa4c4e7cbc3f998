using System.Numerics;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// X^n and Y^n, Y = X - Z, and their difference D without cancellation, by squaring: D_(m+n) = X^m D_n + D_m Y^n. Computed in any order, D is the sum of the n products X^i Z Y^(n-1-i), each with
/// rounding errors of its own, relative to itself: that is what <see cref="Rounding"/> bounds (docs/accounting.md, rounding).
/// </summary>
internal readonly record struct PowerDifference(Complex X, Complex Y, Complex D)
{
    private const double Unit = 1.1102230246251565e-16;

    /// <summary>
    /// u for each multiplication: sqrt 5 for the product (Brent, Percival, Zimmermann 2007), and 1 for the subtraction that made the Y in it. A product of n factors has n - 1 multiplications whatever the order.
    /// </summary>
    private const double PerStep = 3.2361;

    /// <summary>X^0 and Y^0.</summary>
    public static PowerDifference Empty { get; } = new(Complex.One, Complex.One, Complex.Zero);

    /// <summary>
    /// Bound on the error of D of a composition, relative to the sum of the sizes of its products when for |X| and |Y| stands the larger of both: n |Z| max(|X|, |Y|)^(n-1) for one kind of step.
    /// </summary>
    /// <param name="times">How often each kind of step is repeated.</param>
    public static double Rounding(long[] times)
    {
        var units = 0.0;
        // A product comes to the sum by one addition at each squaring and one more: at most 1 + log2 n; and by one for each composition with others.
        foreach (var n in times)
            units += PerStep * n + Math.Log2(n) + 2;
        return Elementary.Expm1(units * Unit);
    }

    /// <summary>The same of two compositions after each other.</summary>
    public PowerDifference Then(PowerDifference next) => new(X * next.X, Y * next.Y, X * next.D + D * next.Y);

    /// <summary>The n-th powers.</summary>
    /// <param name="x">X.</param>
    /// <param name="z">Z = X - Y.</param>
    /// <param name="n">At least 0.</param>
    public static PowerDifference Of(Complex x, Complex z, long n)
    {
        var (result, power) = (Empty, new PowerDifference(x, x - z, z));
        for (; n > 0; n >>= 1)
        {
            if ((n & 1) == 1)
                result = result.Then(power);
            power = power.Then(power);
        }
        return result;
    }
}

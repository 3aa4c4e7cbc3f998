using System.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// What happens where no loss exceeds a cut is left to Chernoff's bound: (w^(*T) - y^(*T)) is composed, y the part of the weights w up to the cut. Where a few large losses
/// decide (small q), no tilt makes them probable, and w^(*T) would lose them in rounding; the difference is a sum of products with at least one large loss, each to its own digits.
/// </summary>
/// <param name="Cut">The largest grid index that is not beyond the cut.</param>
/// <param name="Slope">Of Chernoff's bound on the composition of y.</param>
internal readonly record struct RareLosses(long Cut, double Slope);

/// <summary>X^n and Y^n, Y = X - Z, and their difference D without cancellation, by squaring: D_(m+n) = X^m D_n + D_m Y^n.</summary>
internal readonly record struct PowerDifference(Complex X, Complex Y, Complex D)
{
    /// <summary>Bound on the relative error of D_n for each of n, relative to n |Z| times the (n-1)th power of the larger of |X| and |Y|: 3.3 u for a product and a sum, u for Y.</summary>
    public const double ErrorPerStep = 6 * 1.1102230246251565e-16;

    /// <summary>X^0 and Y^0.</summary>
    public static PowerDifference Empty { get; } = new(Complex.One, Complex.One, Complex.Zero);

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

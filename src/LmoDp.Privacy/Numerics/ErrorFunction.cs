using MathNet.Numerics;

namespace LmoDp.Privacy.Numerics;

/// <summary>
/// The complementary error function with full relative accuracy in its tail: about 4e-16, also where erfc is 1e-300.
/// Rational minimax approximations of W. J. Cody, "Rational Chebyshev approximations for the error function", Math. Comp. 23 (1969), 631-637;
/// exp(-x^2) takes the rounding error of x^2 along, which is worth a factor of 700 at x = 26.
/// </summary>
internal static class ErrorFunction
{
    private const double InverseSqrtPi = 0.56418958354775628695;

    private static ReadOnlySpan<double> CentreNumerator =>
        [1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3];

    private static ReadOnlySpan<double> CentreDenominator =>
        [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3];

    private static ReadOnlySpan<double> MiddleNumerator =>
    [
        2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
        8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
    ];

    private static ReadOnlySpan<double> MiddleDenominator =>
    [
        1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
        3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
    ];

    private static ReadOnlySpan<double> TailNumerator =>
    [
        1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1, 1.60837851487422766e-2,
        6.58749161529837803e-4,
    ];

    private static ReadOnlySpan<double> TailDenominator =>
        [1, 2.56852019228982242, 1.87295284992346047, 5.27905102951428412e-1, 6.05183413124413191e-2, 2.33520497626869185e-3];

    /// <summary>erfc(x) = 2/sqrt(pi) times the integral of exp(-t^2) over t &gt; x.</summary>
    public static double Erfc(double x)
    {
        if (Math.Abs(x) <= 0.46875)
            return 1 - Erf(x);
        var tail = ExpMinusSquare(x) * ScaledErfc(Math.Abs(x));
        return x > 0 ? tail : 2 - tail;
    }

    /// <summary>erf(x), relatively accurate at 0.</summary>
    public static double Erf(double x)
    {
        if (Math.Abs(x) > 0.46875)
            return x > 0 ? 1 - Erfc(x) : Erfc(-x) - 1;
        var square = x * x;
        return x * Polynomial(CentreNumerator, square) / Polynomial(CentreDenominator, square);
    }

    /// <summary>erfcx(x) = exp(x^2) erfc(x), for x &gt;= 0.</summary>
    public static double ScaledErfc(double x)
    {
        if (x <= 0.46875)
            return Math.Exp(x * x) * (1 - Erf(x));
        if (x <= 4)
            return Polynomial(MiddleNumerator, x) / Polynomial(MiddleDenominator, x);
        var inverseSquare = 1 / (x * x);
        var correction = inverseSquare * Polynomial(TailNumerator, inverseSquare) / Polynomial(TailDenominator, inverseSquare);
        return (InverseSqrtPi - correction) / x;
    }

    /// <summary>exp(-x^2), with the rounding error of x^2 restored.</summary>
    public static double ExpMinusSquare(double x)
    {
        var square = x * x;
        if (square > 800)
            return 0;
        return Math.Exp(-square) * (1 - Math.FusedMultiplyAdd(x, x, -square));
    }

    /// <summary>P(N(0,1) &gt; x). The exponent is taken from x itself: the rounding of x/sqrt(2) alone would cost 1e-13 at x = 37.</summary>
    public static double NormalSurvival(double x)
    {
        if (x < 0)
            return 1 - NormalSurvival(-x);
        var square = x * x;
        if (square > 1600)
            return 0;
        var exponential = Math.Exp(-square / 2) * (1 - Math.FusedMultiplyAdd(x, x, -square) / 2);
        return 0.5 * exponential * ScaledErfc(x * Constants.Sqrt1Over2);
    }

    /// <summary>log P(N(0,1) &gt; x), for every finite x.</summary>
    public static double LogNormalSurvival(double x) =>
        x > 0 ? Math.Log(0.5 * ScaledErfc(x * Constants.Sqrt1Over2)) - x * x / 2 : Elementary.Log1p(-NormalSurvival(-x));

    private static double Polynomial(ReadOnlySpan<double> highestFirst, double x)
    {
        var value = 0.0;
        foreach (var coefficient in highestFirst)
            value = Math.FusedMultiplyAdd(value, x, coefficient);
        return value;
    }
}

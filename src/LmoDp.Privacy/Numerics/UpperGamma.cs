using MathNet.Numerics;

namespace LmoDp.Privacy.Numerics;

/// <summary>The regularised upper incomplete gamma function Q(a, x) in logarithm, for 0 &lt; a &lt;= 1: relatively accurate in the tail and, as log(1 - P), near x = 0.</summary>
internal static class UpperGamma
{
    // On either side of it, series and continued fraction both converge within 60 terms.
    private const double Boundary = 1.5;

    /// <summary>log Q(a, x), x &gt;= 0.</summary>
    public static double Log(double a, double x)
    {
        if (x == 0)
            return 0;
        if (double.IsPositiveInfinity(x))
            return double.NegativeInfinity;
        var logPrefactor = a * Math.Log(x) - x;
        return x < Boundary
            ? Elementary.Log1p(-Math.Exp(logPrefactor - SpecialFunctions.GammaLn(a + 1)) * LowerSeries(a, x))
            : logPrefactor - SpecialFunctions.GammaLn(a) + Math.Log(UpperFraction(a, x));
    }

    /// <summary>Sum of x^n / ((a+1) ... (a+n)) (DLMF 8.7.1).</summary>
    private static double LowerSeries(double a, double x)
    {
        var (term, sum) = (1.0, 1.0);
        for (var n = 1; term > 1e-17 * sum; n++)
        {
            term *= x / (a + n);
            sum += term;
        }
        return sum;
    }

    /// <summary>The continued fraction 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...))) (DLMF 8.9.2), by Lentz's method.</summary>
    private static double UpperFraction(double a, double x)
    {
        var b = x + 1 - a;
        var d = 1 / b;
        var (c, value) = (double.MaxValue, d);
        for (var n = 1; n < 500; n++)
        {
            var coefficient = n * (a - n);
            b += 2;
            d = 1 / (coefficient * d + b);
            c = b + coefficient / c;
            var factor = c * d;
            value *= factor;
            if (Math.Abs(factor - 1) < 1e-16)
                break;
        }
        return value;
    }
}

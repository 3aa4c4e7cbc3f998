namespace LmoDp.Privacy.Numerics;

/// <summary>
/// log(1 + x) and exp(x) - 1 with full relative accuracy at 0. (The runtime's <c>double.LogP1</c> and <c>double.ExpM1</c> are the plain differences and lose
/// all digits there.) Kahan's method: the rounding error of the inner step cancels in the quotient.
/// </summary>
internal static class Elementary
{
    /// <summary>log(1 + x), x &gt;= -1.</summary>
    public static double Log1p(double x)
    {
        var sum = 1 + x;
        if (sum == 1)
            return x;
        return sum is > 0 and < double.PositiveInfinity ? Math.Log(sum) * (x / (sum - 1)) : Math.Log(sum);
    }

    /// <summary>exp(x) - 1.</summary>
    public static double Expm1(double x)
    {
        if (Math.Abs(x) > 1)
            return Math.Exp(x) - 1;
        var power = Math.Exp(x);
        return power == 1 ? x : (power - 1) * (x / Math.Log(power));
    }

    /// <summary>log(1 - exp(x)), x &lt;= 0.</summary>
    public static double Log1mExp(double x) => x > -0.6931471805599453 ? Math.Log(-Expm1(x)) : Log1p(-Math.Exp(x));

    /// <summary>log(exp(left) + exp(right)).</summary>
    public static double LogSum(double left, double right)
    {
        var (high, low) = left >= right ? (left, right) : (right, left);
        return double.IsNegativeInfinity(low) ? high : high + Log1p(Math.Exp(low - high));
    }
}

namespace LmoDp.Privacy.Numerics;

/// <summary>
/// phi(L) = |e^(aL) - 1 - a (e^L - 1)|, the integrand of a Renyi moment less its first-order part: nowhere negative by convexity, of second order at L = 0.
/// For a = 1 the derivative in a, L e^L - e^L + 1, whose mean is the Kullback-Leibler divergence.
/// </summary>
internal static class RenyiExcess
{
    /// <summary>D_a from the logarithm of what its moment E[e^(aL)] exceeds 1 by: log(1 + e^logExcess) / (a - 1), a &gt; 1.</summary>
    public static double Divergence(double logExcess, double order) =>
        (logExcess < 600 ? Elementary.Log1p(Math.Exp(logExcess)) : logExcess) / (order - 1);

    /// <summary>log phi(L) for order a &gt; 0.</summary>
    public static double Log(double order, double loss)
    {
        if (loss == 0)
            return double.NegativeInfinity;
        if (Math.Max(order, 1) * Math.Abs(loss) < 0.5)
            return Math.Log(Series(order, loss));
        if (order == 1)
            return loss > 600 ? loss + Math.Log(loss - 1) : Math.Log(loss * Math.Exp(loss) - Elementary.Expm1(loss));
        if (order < 1)
            return loss > 600 ? loss + Math.Log(order) : Math.Log(order * Elementary.Expm1(loss) - Elementary.Expm1(order * loss));
        return order * loss > 600
            ? order * loss + Elementary.Log1p(-order * Math.Exp(loss - order * loss))
            : Math.Log(Elementary.Expm1(order * loss) - order * Elementary.Expm1(loss));
    }

    /// <summary>The sum over j &gt;= 2 of |a^j - a| L^j / j! (of (j - 1) L^j / j! at order 1).</summary>
    private static double Series(double order, double loss)
    {
        var logOrder = Math.Log(order);
        var power = loss;
        var sum = 0.0;
        for (var j = 2; j < 40; j++)
        {
            power *= loss / j;
            var coefficient = order == 1 ? j - 1 : Math.Abs(order * Elementary.Expm1((j - 1) * logOrder));
            var term = coefficient * power;
            sum += term;
            if (Math.Abs(term) < 1e-18 * sum)
                break;
        }
        return sum;
    }
}

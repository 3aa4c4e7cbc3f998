using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Noise;

/// <summary>K(t) = log M(t) with M(t) = E[exp(t U)], and its first two derivatives, all free of cancellation for t &lt;= 0.</summary>
/// <param name="K">log M(t); +infinity outside the domain of M.</param>
/// <param name="Slope">K'(t), the mean of U under weights exp(t U).</param>
/// <param name="Curvature">K''(t), the variance of U under the same weights.</param>
internal readonly record struct InverseScaleCumulants(double K, double Slope, double Curvature)
{
    // Below this, coth and 1/sinh^2 cancel against their poles, and power series are used instead.
    private const double SeriesLimit = 0.3;

    private static readonly InverseScaleCumulants Undefined =
        new(double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);

    public static InverseScaleCumulants operator +(InverseScaleCumulants left, InverseScaleCumulants right) =>
        new(left.K + right.K, left.Slope + right.Slope, left.Curvature + right.Curvature);

    /// <summary>Gamma with the given shape and scale; the Exponential of mean m is Gamma with shape 1 and scale m. Defined for scale * t &lt; 1.</summary>
    public static InverseScaleCumulants Gamma(double shape, double scale, double t)
    {
        var product = scale * t;
        if (product >= 1)
            return Undefined;
        var tilted = scale / (1 - product);
        return new(-shape * Elementary.Log1p(-product), shape * tilted, shape * tilted * tilted);
    }

    /// <summary>
    /// Uniform on [lower, upper]. With half-width w, x = w |t| and the Langevin function L(x) = coth x - 1/x: K' = lower + w (1 - L(x)) for t &lt; 0 and
    /// upper - w (1 - L(x)) for t &gt; 0, K'' = w^2 L'(x).
    /// </summary>
    public static InverseScaleCumulants Uniform(double lower, double upper, double t)
    {
        var halfWidth = (upper - lower) / 2;
        var x = halfWidth * Math.Abs(t);
        var end = t <= 0 ? lower : upper;
        var fromEnd = halfWidth * OneMinusLangevin(x);
        return new(
            t * end + LogMeanExponential(x),
            t <= 0 ? end + fromEnd : end - fromEnd,
            halfWidth * halfWidth * LangevinSlope(x));
    }

    /// <summary>log of the mean of exp(-v) over v in [0, 2x], that is log((1 - exp(-2x)) / (2x)).</summary>
    private static double LogMeanExponential(double x)
    {
        if (x >= SeriesLimit)
            return Math.Log(-Elementary.Expm1(-2 * x) / (2 * x));
        // -x + log(sinh(x)/x)
        var s = x * x;
        return -x + s * (1.0 / 6 + s * (-1.0 / 180 + s * (1.0 / 2835 + s * (-1.0 / 37800 + s * (1.0 / 467775 + s * (-691.0 / 3831077250
            + s * (2.0 / 127702575)))))));
    }

    /// <summary>1 - coth x + 1/x.</summary>
    private static double OneMinusLangevin(double x)
    {
        if (x >= SeriesLimit)
            return 1 / x - 2 / Elementary.Expm1(2 * x);
        var s = x * x;
        return 1 - x * (1.0 / 3 + s * (-1.0 / 45 + s * (2.0 / 945 + s * (-1.0 / 4725 + s * (2.0 / 93555 + s * (-1382.0 / 638512875
            + s * (4.0 / 18243225)))))));
    }

    /// <summary>1/x^2 - 1/sinh^2 x.</summary>
    private static double LangevinSlope(double x)
    {
        if (x >= SeriesLimit)
        {
            var decay = Math.Exp(-x);
            var inverseSinh = 2 * decay / -Elementary.Expm1(-2 * x);
            return (1 / x - inverseSinh) * (1 / x + inverseSinh);
        }
        var s = x * x;
        return 1.0 / 3 + s * (-3.0 / 45 + s * (10.0 / 945 + s * (-7.0 / 4725 + s * (18.0 / 93555 + s * (-11 * 1382.0 / 638512875
            + s * (13 * 4.0 / 18243225))))));
    }
}

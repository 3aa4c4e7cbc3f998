namespace LmoDp.Privacy.Numerics;

/// <summary>e^d - 1 and its relatives for d &gt;= 0, by series where d is small: relatively accurate to a few units in the last place, and faster than the general functions.</summary>
internal static class Exponential
{
    private const double Small = 1e-3;

    /// <summary>1 - e^-d.</summary>
    public static double Fall(double d) => d < Small ? d * (1 - d * (1.0 / 2 - d * (1.0 / 6 - d * (1.0 / 24 - d * (1.0 / 120))))) : -Elementary.Expm1(-d);

    /// <summary>e^d - 1.</summary>
    public static double Rise(double d) => d < Small ? d * (1 + d * (1.0 / 2 + d * (1.0 / 6 + d * (1.0 / 24 + d * (1.0 / 120))))) : Elementary.Expm1(d);

    /// <summary>The d with 1 - e^-d = fall, 0 &lt;= fall &lt;= 1.</summary>
    public static double FallInverse(double fall) => fall < Small
        ? fall * (1 + fall * (1.0 / 2 + fall * (1.0 / 3 + fall * (1.0 / 4 + fall * (1.0 / 5)))))
        : -Elementary.Log1p(-fall);
}

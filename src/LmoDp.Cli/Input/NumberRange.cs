using System.Globalization;

namespace LmoDp.Cli.Input;

/// <summary>Which numbers an option takes. Values that are not finite are in no range.</summary>
/// <param name="Lower">Smallest value, or what values must exceed.</param>
/// <param name="Upper">Largest value, or what values must stay below; +infinity for no limit.</param>
/// <param name="WithLower">Whether <paramref name="Lower"/> itself is taken.</param>
/// <param name="WithUpper">Whether <paramref name="Upper"/> itself is taken.</param>
internal sealed record NumberRange(double Lower, double Upper, bool WithLower, bool WithUpper)
{
    /// <summary>x &gt; 0.</summary>
    public static NumberRange Positive { get; } = new(0, double.PositiveInfinity, false, false);

    /// <summary>0 &lt; x &lt;= 1e6: what float32 numbers are multiplied by.</summary>
    public static NumberRange Factor { get; } = new(0, 1e6, false, true);

    /// <summary>x &gt;= 0.</summary>
    public static NumberRange NotNegative { get; } = new(0, double.PositiveInfinity, true, false);

    /// <summary>0 &lt; x &lt; 1: a delta.</summary>
    public static NumberRange OpenUnit { get; } = new(0, 1, false, false);

    /// <summary>0 &lt; x &lt;= 1: a sampling rate.</summary>
    public static NumberRange Probability { get; } = new(0, 1, false, true);

    /// <summary>0 &lt;= x &lt; 1: a share that may be nothing.</summary>
    public static NumberRange Share { get; } = new(0, 1, true, false);

    /// <summary>Whether the value is finite and in the range.</summary>
    public bool Contains(double value) => double.IsFinite(value)
        && (WithLower ? value >= Lower : value > Lower) && (WithUpper ? value <= Upper : value < Upper);

    /// <summary>In words, after "must be".</summary>
    public override string ToString()
    {
        var lower = string.Create(CultureInfo.InvariantCulture, $"{(WithLower ? "at least" : "above")} {Lower}");
        return double.IsPositiveInfinity(Upper)
            ? lower
            : string.Create(CultureInfo.InvariantCulture, $"{lower} and {(WithUpper ? "at most" : "below")} {Upper}");
    }
}

using System.Globalization;

namespace LmoDp;

/// <summary>Bounds as short decimal numbers that hold too: an upper bound is rounded up, a lower one down.</summary>
public static class OutwardRounding
{
    /// <summary>An upper bound, rounded upwards.</summary>
    /// <param name="value">The bound.</param>
    /// <param name="digits">Significant digits, 1 to 15.</param>
    public static string Up(double value, int digits = 7) => Round(value, digits, up: true);

    /// <summary>A lower bound, rounded downwards.</summary>
    /// <inheritdoc cref="Up" path="/param"/>
    public static string Down(double value, int digits = 7) => Round(value, digits, up: false);

    private static string Round(double value, int digits, bool up)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "NaN" : value > 0 ? "infinite" : "-infinite";
        var format = string.Create(CultureInfo.InvariantCulture, $"g{digits}");
        var nearest = value.ToString(format, CultureInfo.InvariantCulture);
        if (up ? Parse(nearest) >= value : Parse(nearest) <= value)
            return nearest;
        // One unit in the last digit of a number of this size, by its decimal exponent.
        var scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        var exponent = int.Parse(scientific.AsSpan(scientific.IndexOf('E') + 1), CultureInfo.InvariantCulture);
        var unit = Parse(string.Create(CultureInfo.InvariantCulture, $"1E{exponent - digits + 1}"));
        return (Parse(nearest) + (up ? unit : -unit)).ToString(format, CultureInfo.InvariantCulture);
    }

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

using System.Globalization;

namespace LmoDp.Cli.Input;

/// <summary>
/// Numbers as the user writes them, the same in every culture: a decimal point, no thousands separators. System.CommandLine's own conversion would read
/// <c>0.3</c> as 3 where the culture's separator is a comma.
/// </summary>
internal static class Numbers
{
    private const NumberStyles RealStyle = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
    private const NumberStyles WholeStyle = NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;

    /// <summary>A finite number in the range.</summary>
    /// <param name="name">What the number is, for the message: the option's name.</param>
    /// <param name="text">What the user wrote.</param>
    /// <param name="range">Which values are taken.</param>
    /// <exception cref="BadInputException">The text is not a number, or is out of range.</exception>
    public static double Real(string name, string text, NumberRange range)
    {
        if (!double.TryParse(text, RealStyle, CultureInfo.InvariantCulture, out var value))
            throw new BadInputException(NotANumber(name, text, "a number", "0.3 or 1e-10"));
        if (!range.Contains(value))
            throw new BadInputException($"{name} must be {range}, not {text}");
        return value;
    }

    /// <summary>A whole number; <c>1e6</c> is one.</summary>
    /// <inheritdoc cref="Real" path="/param"/>
    /// <exception cref="BadInputException">The text is not a whole number, or is out of range.</exception>
    public static long Whole(string name, string text, long least, long most)
    {
        if (!long.TryParse(text, WholeStyle, CultureInfo.InvariantCulture, out var value))
            throw new BadInputException(NotANumber(name, text, "a whole number", "192"));
        if (value < least || value > most)
        {
            var limit = most == long.MaxValue || most == int.MaxValue && value < least ? $"at least {least}" : $"from {least} to {most}";
            throw new BadInputException($"{name} must be {limit}, not {text}");
        }
        return value;
    }

    private static string NotANumber(string name, string text, string kind, string example)
    {
        var comma = text.Contains(',') ? "use a decimal point and no separators" : "write it";
        return $"{name}: '{text}' is not {kind}; {comma}, such as {example}";
    }
}

using System.Text.RegularExpressions;

namespace LmoDp.Training.Metrics;

/// <summary>
/// Words as NIST's mteval-v13a splits them for BLEU and NIST: the letters A to Z in lower case (and no others), ASCII symbols on their own, full stops and commas on their own
/// unless between digits, a hyphen on its own after a digit.
/// </summary>
internal static partial class MtevalWords
{
    /// <summary>The words of a text of one line.</summary>
    public static string[] Of(string text)
    {
        var line = text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        line = string.Concat(" ", string.Create(line.Length, line, (lower, given) => given.AsSpan().ToLowerAscii(lower)), " ");
        line = Symbol().Replace(line, " $0 ");
        line = PointAfterNoDigit().Replace(line, "$1 $2 ");
        line = PointBeforeNoDigit().Replace(line, " $1 $2");
        line = HyphenAfterDigit().Replace(line, "$1 - ");
        return Blanks().Split(line).Where(word => word.Length > 0).ToArray();
    }

    private static void ToLowerAscii(this ReadOnlySpan<char> given, Span<char> lower)
    {
        for (var i = 0; i < given.Length; i++)
            lower[i] = char.IsAsciiLetterUpper(given[i]) ? (char)(given[i] | 0x20) : given[i];
    }

    [GeneratedRegex(@"[ -&(-+/:-@\[-`{-~]")]
    private static partial Regex Symbol();

    [GeneratedRegex("([^0-9])([.,])")]
    private static partial Regex PointAfterNoDigit();

    [GeneratedRegex("([.,])([^0-9])")]
    private static partial Regex PointBeforeNoDigit();

    [GeneratedRegex("([0-9])-")]
    private static partial Regex HyphenAfterDigit();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}

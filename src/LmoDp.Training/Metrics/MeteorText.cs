using System.Text.RegularExpressions;

namespace LmoDp.Training.Metrics;

/// <summary>
/// Words as METEOR 1.5's option -norm makes them for English: symbols on their own, hyphenated words split, a contraction's end as a word of its own, dots of acronyms dropped, other final full stops on
/// their own where no lower-case word follows. Its list of abbreviations is left out: all but a few of them are capitalised, and e2e-metrics gives it lower case.
/// </summary>
internal static partial class MeteorText
{
    /// <summary>The words of a text in lower case.</summary>
    public static string[] Words(string text)
    {
        var line = Symbol().Replace($" {text} ", " $0 ");
        line = Comma().Replace(line, " , ");
        line = Quote().Replace(line, "'");
        line = DoubleQuote().Replace(line, " \" ").Replace('\u2013', '-').Replace("--", "-", StringComparison.Ordinal);
        line = HyphenInWord().Replace(line, "$1 $2");
        line = LoneApostrophe().Replace(line, " ' ");
        line = Contraction().Replace(line, " '");
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return [.. words.SelectMany((word, i) => WithoutFullStop(word, i + 1 < words.Length && char.IsAsciiLetterLower(words[i + 1][0])))];
    }

    private static IEnumerable<string> WithoutFullStop(string word, bool lowerCaseFollows)
    {
        if (word.Length == 1 || !word.EndsWith('.') || word.All(c => c == '.'))
            return [word];
        var start = word[..^1];
        if (start.Contains('.') && start.Any(char.IsLetter))
            return [word.Replace(".", "", StringComparison.Ordinal)];
        return lowerCaseFollows ? [word] : [start, "."];
    }

    [GeneratedRegex(@"[^\p{L}0-9\s.'`,\-\u2018\u2019]")]
    private static partial Regex Symbol();

    [GeneratedRegex("(?<![0-9]),|,(?![0-9])")]
    private static partial Regex Comma();

    [GeneratedRegex("[`\u2018\u2019]")]
    private static partial Regex Quote();

    [GeneratedRegex("[\u201C\u201D]|''")]
    private static partial Regex DoubleQuote();

    [GeneratedRegex(@"([\p{L}0-9.])-([\p{L}0-9])")]
    private static partial Regex HyphenInWord();

    // Not between two letters, and not before the s of "1990's".
    [GeneratedRegex(@"(?<![\p{L}0-9])'|(?<=\p{L})'(?!\p{L})|(?<=[0-9])'(?![\p{L}])")]
    private static partial Regex LoneApostrophe();

    [GeneratedRegex(@"(?<=\p{L})'(?=\p{L})|(?<=[0-9])'(?=s)")]
    private static partial Regex Contraction();
}

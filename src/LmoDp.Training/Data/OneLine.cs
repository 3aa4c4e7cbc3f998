using System.Text.RegularExpressions;

namespace LmoDp.Training.Data;

/// <summary>Texts that must fit on one line, as generated text is kept and compared.</summary>
internal static partial class OneLine
{
    /// <summary>The text with each run of white space, line breaks included, as one blank, and none at its ends.</summary>
    public static string Of(string text) => Blanks().Replace(text, " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}

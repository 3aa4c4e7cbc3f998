namespace LmoDp.Training.Metrics;

/// <summary>
/// Words as coco-caption (and with it e2e-metrics) splits them for ROUGE-L, CIDEr and METEOR: Stanford's PTBTokenizer with its American spelling, in lower case, without punctuation. Brackets stay:
/// the script looks for "-LRB-" after everything has become lower case. Written anew from the tokenizer's rules (<see cref="TreebankRules"/>).
/// </summary>
internal static class TreebankWords
{
    private static readonly HashSet<string> Punctuation = new(["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"], StringComparer.Ordinal);

    /// <summary>The words of a text.</summary>
    public static IReadOnlyList<string> Of(string text) => [.. Tokens(text).Select(token => token.ToLowerInvariant()).Where(token => !Punctuation.Contains(token))];

    private static IEnumerable<string> Tokens(string given)
    {
        // A soft hyphen is no part of any token.
        var text = given.Replace("\u00AD", "", StringComparison.Ordinal);
        for (var place = 0; place < text.Length;)
        {
            var (token, next) = At(text, place);
            if (token is not null)
                yield return token;
            place = next;
        }
    }

    /// <summary>The token at a place and where the next begins; none for blanks and for characters that no rule knows.</summary>
    private static (string? Token, int Next) At(string text, int place)
    {
        var (longest, token, next) = (0, (string?)null, place + 1);
        if (char.IsWhiteSpace(text[place]))
            return (token, next);
        foreach (var rule in TreebankRules.All)
        {
            var match = rule.Pattern.Match(text, place);
            if (!match.Success || match.Length <= longest || rule.Accepts?.Invoke(match.Groups[1].Value) == false)
                continue;
            (longest, token, next) = (match.Length, rule.Write(match.Groups[1].Value), place + match.Groups[1].Length);
        }
        return (token, next);
    }
}

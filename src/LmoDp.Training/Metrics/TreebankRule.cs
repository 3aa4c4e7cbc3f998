using System.Text.RegularExpressions;

namespace LmoDp.Training.Metrics;

/// <summary>One kind of token. Of all rules that match at a place the one that matches most characters wins; of two that match as many, the earlier.</summary>
/// <param name="Pattern">Matches at a place; its group 1 is the token, what follows is context that must be there.</param>
/// <param name="Write">How the token is written.</param>
/// <param name="Accepts">What else the token must be; null for nothing.</param>
internal sealed record TreebankRule(Regex Pattern, Func<string, string> Write, Func<string, bool>? Accepts)
{
    /// <summary>Makes a rule; letters of the pattern stand for both cases.</summary>
    public static TreebankRule Of(string pattern, Func<string, string>? write = null, Func<string, bool>? accepts = null)
        => new(new Regex($@"\G(?:{pattern})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Compiled), write ?? (token => token), accepts);
}

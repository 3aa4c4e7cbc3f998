namespace LmoDp.Models.Tokenizers;

/// <summary>
/// Lower case as Hugging Face's tokenizers have it: every character on its own, by Unicode's tables, in no language. The one character whose lower case is two
/// (U+0130) is not changed by .NET's invariant culture.
/// </summary>
internal static class LowerCase
{
    /// <summary>The text in lower case.</summary>
    public static string Of(string text) => text.ToLowerInvariant().Replace("\u0130", "i\u0307", StringComparison.Ordinal);
}

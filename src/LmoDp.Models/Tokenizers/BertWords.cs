using System.Globalization;
using System.Text;

namespace LmoDp.Models.Tokenizers;

/// <summary>
/// Cuts text into BERT's words: control characters dropped, accents and case removed where asked, split at blanks, and every punctuation mark and Chinese
/// character on its own (Devlin et al. 2019, released code; Hugging Face's <c>BertNormalizer</c> and <c>BertPreTokenizer</c>).
/// </summary>
/// <param name="lowerCase">Whether to make the text lower case.</param>
/// <param name="stripAccents">Whether to remove combining marks after canonical decomposition.</param>
/// <param name="splitChinese">Whether every CJK ideograph is a word.</param>
internal sealed class BertWords(bool lowerCase, bool stripAccents, bool splitChinese)
{
    /// <summary>The words of a text, which must not hold half surrogate pairs.</summary>
    public IEnumerable<string> Split(string text)
    {
        var word = new StringBuilder();
        foreach (var rune in Normalize(text).EnumerateRunes())
        {
            var alone = IsPunctuation(rune) || splitChinese && IsChinese(rune.Value);
            if ((alone || Rune.IsWhiteSpace(rune)) && word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
            if (alone)
                yield return rune.ToString();
            else if (!Rune.IsWhiteSpace(rune))
                word.Append(rune.ToString());
        }
        if (word.Length > 0)
            yield return word.ToString();
    }

    private string Normalize(string text)
    {
        if (System.Text.Ascii.IsValid(text) && !text.AsSpan().ContainsAnyInRange('\0', '\u001f') && !text.Contains('\u007f', StringComparison.Ordinal))
            return lowerCase ? text.ToLowerInvariant() : text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\t' or '\n' or '\r')
                clean.Append(' ');
            else if (rune.Value != 0xfffd && !IsControl(rune))
                clean.Append(rune.ToString());
        }
        var result = clean.ToString();
        if (stripAccents)
        {
            clean.Clear();
            foreach (var rune in result.Normalize(NormalizationForm.FormD).EnumerateRunes())
            {
                if (Rune.GetUnicodeCategory(rune) != UnicodeCategory.NonSpacingMark)
                    clean.Append(rune.ToString());
            }
            result = clean.ToString();
        }
        return lowerCase ? LowerCase.Of(result) : result;
    }

    private static bool IsControl(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    // All ASCII signs count, also those that Unicode calls symbols, such as $ and +.
    private static bool IsPunctuation(Rune rune) => rune.IsAscii
        ? rune.Value is >= '!' and <= '/' or >= ':' and <= '@' or >= '[' and <= '`' or >= '{' and <= '~'
        : Rune.IsPunctuation(rune);

    // The CJK Unified Ideographs blocks; not Hangul, Hiragana or Katakana, which are written in words.
    private static bool IsChinese(int c) =>
        c is >= 0x4e00 and <= 0x9fff or >= 0x3400 and <= 0x4dbf or >= 0xf900 and <= 0xfaff or >= 0x20000 and <= 0x2a6df
            or >= 0x2a700 and <= 0x2b81f or >= 0x2b820 and <= 0x2ceaf or >= 0x2f800 and <= 0x2fa1f;
}

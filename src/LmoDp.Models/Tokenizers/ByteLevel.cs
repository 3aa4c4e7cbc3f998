using System.Text;
using System.Text.RegularExpressions;

namespace LmoDp.Models.Tokenizers;

/// <summary>The byte-level alphabet of GPT-2 and RoBERTa vocabularies, and the pattern that cuts text into words before merging (Radford et al. 2019).</summary>
internal static partial class ByteLevel
{
    private static readonly Dictionary<char, byte> Bytes;

    static ByteLevel()
    {
        var next = 256;
        var symbols = new string[256];
        for (var b = 0; b < symbols.Length; b++)
        {
            var printable = b is >= '!' and <= '~' or >= 0xa1 and <= 0xac or >= 0xae;
            symbols[b] = ((char)(printable ? b : next++)).ToString();
        }
        Symbols = symbols;
        Bytes = symbols.Select((symbol, b) => KeyValuePair.Create(symbol[0], (byte)b)).ToDictionary();
    }

    /// <summary>The name of each byte: printable Latin-1 as itself, the rest from U+0100 on, so that vocabulary files hold no blanks.</summary>
    public static IReadOnlyList<string> Symbols { get; }

    /// <summary>Cuts text into words, each with the blank before it.</summary>
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    public static partial Regex Words();

    /// <summary>The text that a sequence of vocabulary entries spells; bytes that are no UTF-8 become U+FFFD, as do characters that name no byte.</summary>
    public static string Spell(IEnumerable<string> entries)
    {
        var bytes = new List<byte>();
        foreach (var symbol in entries.SelectMany(entry => entry))
        {
            if (Bytes.TryGetValue(symbol, out var b))
                bytes.Add(b);
            else
                bytes.AddRange("\ufffd"u8);
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}

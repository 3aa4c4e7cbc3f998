using System.Text;
using System.Text.RegularExpressions;

namespace LmoDp.Models.Tokenizers;

/// <summary>BERT's WordPiece encoding (Devlin et al. 2019; Wu et al. 2016).</summary>
public sealed partial class BertTextTokenizer : EncoderTokenizer
{
    private const int MostEntries = 1 << 24;
    private const int LongestWord = 100;
    private static readonly IReadOnlyDictionary<string, string> Roles = new Dictionary<string, string>
    {
        ["cls_token"] = "[CLS]",
        ["mask_token"] = "[MASK]",
        ["pad_token"] = "[PAD]",
        ["sep_token"] = "[SEP]",
        ["unk_token"] = "[UNK]",
    };

    private readonly BertWords words;
    private readonly string[] entries;
    private readonly Dictionary<string, int> pieceIds;

    internal BertTextTokenizer(TokenizerFiles files) : base(files)
    {
        entries = ReadVocabulary(files);
        (ClsId, SepId, PadId, MaskId, UnkId) = (Find("[CLS]"), Find("[SEP]"), Find("[PAD]"), Find("[MASK]"), Find("[UNK]"));
        var lowerCase = files.Flag("do_lower_case", true);
        LowerCase = lowerCase;
        words = new BertWords(lowerCase, files.Flag("strip_accents", lowerCase), files.Flag("tokenize_chinese_chars", true));
        pieceIds = entries.Select((entry, id) => KeyValuePair.Create(entry, id)).ToDictionary(StringComparer.Ordinal);

        int Find(string token) => Array.IndexOf(entries, token) is var id and >= 0
            ? id
            : throw files.Malformed(TokenizerFiles.WordPieces, $"the special token {token} is missing");
    }

    /// <inheritdoc/>
    public override int VocabSize => entries.Length;

    /// <inheritdoc/>
    public override int ClsId { get; }

    /// <inheritdoc/>
    public override int SepId { get; }

    /// <inheritdoc/>
    public override int PadId { get; }

    /// <inheritdoc/>
    public override int MaskId { get; }

    /// <inheritdoc/>
    public override int UnkId { get; }

    private protected override int SeparatorsInPair => 1;

    private protected override int SecondTokenType => 1;

    private protected override IReadOnlyDictionary<string, string> SpecialTokenNames => Roles;

    private protected override string ClassName => "BertTokenizer";

    private protected override bool? LowerCase { get; }

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids)
    {
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            if (id < 0 || id >= entries.Length)
                throw new BadInputException($"the token id {id} is not in the vocabulary");
            if (id == ClsId || id == SepId || id == PadId || id == MaskId || id == UnkId)
                continue;
            var entry = entries[id];
            if (entry.StartsWith("##", StringComparison.Ordinal))
                text.Append(entry, 2, entry.Length - 2);
            else
                text.Append(text.Length == 0 ? "" : " ").Append(entry);
        }
        return text.ToString();
    }

    private protected override IReadOnlyList<int> EncodeWellFormed(string text)
    {
        var result = new List<int>();
        var start = 0;
        foreach (var special in SpecialTokens().EnumerateMatches(text))
        {
            AddWords(text[start..special.Index], result);
            start = special.Index + special.Length;
            result.Add(pieceIds[text[special.Index..start]]);
        }
        AddWords(start == 0 ? text : text[start..], result);
        return result;
    }

    private void AddWords(string text, List<int> result)
    {
        foreach (var word in words.Split(text))
            AddPieces(word, result);
    }

    // Greedy longest match first; a word that cannot be spelt, or is too long, is unknown as a whole.
    private void AddPieces(string word, List<int> result)
    {
        var before = result.Count;
        var pieces = pieceIds.GetAlternateLookup<ReadOnlySpan<char>>();
        if (word.EnumerateRunes().Count() > LongestWord)
        {
            result.Add(UnkId);
            return;
        }
        Span<char> buffer = stackalloc char[2 + word.Length];
        for (var start = 0; start < word.Length;)
        {
            var prefix = start == 0 ? "" : "##";
            prefix.CopyTo(buffer);
            word.AsSpan(start).CopyTo(buffer[prefix.Length..]);
            var end = word.Length;
            int id;
            while (!pieces.TryGetValue(buffer[..(prefix.Length + end - start)], out id))
            {
                if (--end == start)
                {
                    result.RemoveRange(before, result.Count - before);
                    result.Add(UnkId);
                    return;
                }
            }
            result.Add(id);
            start = end;
        }
    }

    [GeneratedRegex(@"\[(?:CLS|SEP|PAD|MASK|UNK)\]", RegexOptions.CultureInvariant)]
    private static partial Regex SpecialTokens();

    private static string[] ReadVocabulary(TokenizerFiles files)
    {
        var text = files.Text(TokenizerFiles.WordPieces);
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        if (lines[^1].Length == 0)
            lines = lines[..^1];
        if (lines.Length is 0 or > MostEntries || lines.Any(line => line.Length == 0 || line.Contains('\r')))
            throw files.Malformed(TokenizerFiles.WordPieces, "it must hold one token a line and no empty line");
        if (lines.Distinct(StringComparer.Ordinal).Count() != lines.Length)
            throw files.Malformed(TokenizerFiles.WordPieces, "a token appears twice");
        return lines;
    }
}

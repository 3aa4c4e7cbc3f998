using System.Text.Json;
using System.Text.RegularExpressions;

namespace LmoDp.Models.Tokenizers;

/// <summary>RoBERTa's byte-level byte-pair encoding (Radford et al. 2019; Liu et al. 2019), without a blank before the first word.</summary>
public sealed partial class RobertaTextTokenizer : TextTokenizer
{
    private const int LargestId = 1 << 24;
    private static readonly IReadOnlyDictionary<string, string> Roles = new Dictionary<string, string>
    {
        ["bos_token"] = "<s>",
        ["cls_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["mask_token"] = "<mask>",
        ["pad_token"] = "<pad>",
        ["sep_token"] = "</s>",
        ["unk_token"] = "<unk>",
    };

    private readonly BytePairEncoder encoder;
    private readonly List<(string Left, string Right)> merges;
    private readonly Dictionary<int, string> entries;
    private readonly Dictionary<string, int> specialIds;

    internal RobertaTextTokenizer(TokenizerFiles files) : base(files)
    {
        var vocabulary = ReadVocabulary(files);
        specialIds = Roles.Values.Distinct().ToDictionary(token => token, token => vocabulary.TryGetValue(token, out var id)
            ? id
            : throw files.Malformed(TokenizerFiles.Vocabulary, $"the special token {token} is missing; is it a RoBERTa vocabulary?"));
        foreach (var symbol in ByteLevel.Symbols)
        {
            if (!vocabulary.ContainsKey(symbol))
                throw files.Malformed(TokenizerFiles.Vocabulary, $"the byte symbol '{symbol}' is missing");
        }
        entries = vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        (ClsId, SepId, PadId, MaskId, UnkId) = (specialIds["<s>"], specialIds["</s>"], specialIds["<pad>"], specialIds["<mask>"], specialIds["<unk>"]);
        VocabSize = entries.Keys.Max() + 1;
        LowerCase = files.Flag("do_lower_case", false);
        merges = ReadMerges(files, vocabulary);
        encoder = new BytePairEncoder(vocabulary, merges);
    }

    /// <inheritdoc/>
    public override int VocabSize { get; }

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

    private protected override int SeparatorsInPair => 2;

    private protected override int SecondTokenType => 0;

    private protected override IReadOnlyDictionary<string, string> SpecialTokenNames => Roles;

    private protected override string ClassName => "RobertaTokenizer";

    private protected override bool LowerCase { get; }

    private protected override string? FastTokenizer =>
        LowerCase ? FastTokenizerFile.LowerCaseRoberta(entries.Select(entry => KeyValuePair.Create(entry.Value, entry.Key)), merges, specialIds) : null;

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids) => ByteLevel.Spell(ids.Where(id => !specialIds.ContainsValue(id))
        .Select(id => entries.TryGetValue(id, out var entry) ? entry : throw new BadInputException($"the token id {id} is not in the vocabulary")));

    private protected override IReadOnlyList<int> EncodeWellFormed(string text)
    {
        var result = new List<int>();
        var start = 0;
        foreach (var special in SpecialTokens().EnumerateMatches(text))
        {
            var before = text[start..special.Index];
            start = special.Index + special.Length;
            var id = specialIds[text[special.Index..start]];
            AddWords(id == MaskId ? before.TrimEnd() : before, result); // Hugging Face's mask token takes the blanks before it (lstrip)
            result.Add(id);
        }
        AddWords(text[start..], result);
        return result;
    }

    private void AddWords(string text, List<int> result) => encoder.Encode(LowerCase ? Tokenizers.LowerCase.Of(text) : text, result);

    [GeneratedRegex("<(?:s|/s|pad|unk|mask)>", RegexOptions.CultureInvariant)]
    private static partial Regex SpecialTokens();

    private static Dictionary<string, int> ReadVocabulary(TokenizerFiles files)
    {
        try
        {
            using var json = JsonDocument.Parse(files.Text(TokenizerFiles.Vocabulary), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 4 });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw files.Malformed(TokenizerFiles.Vocabulary, "it is not an object of tokens and ids");
            var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
            var taken = new HashSet<int>();
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id is < 0 or > LargestId || !taken.Add(id))
                    throw files.Malformed(TokenizerFiles.Vocabulary, $"the id of '{entry.Name}' is not a whole number from 0 that no other token has");
                vocabulary.Add(entry.Name, id);
            }
            return vocabulary;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw files.Malformed(TokenizerFiles.Vocabulary, $"it is not valid JSON: {error.Message}", error);
        }
    }

    private static List<(string Left, string Right)> ReadMerges(TokenizerFiles files, Dictionary<string, int> vocabulary)
    {
        var merges = new List<(string Left, string Right)>();
        var number = 0;
        foreach (var line in files.Text(TokenizerFiles.Merges).Split('\n'))
        {
            number++;
            var merge = line.TrimEnd('\r');
            if (merge.Length == 0 || number == 1 && merge.StartsWith("#version", StringComparison.Ordinal))
                continue;
            if (merge.Split(' ') is not [var left, var right] || !vocabulary.ContainsKey(left) || !vocabulary.ContainsKey(right) || !vocabulary.ContainsKey(left + right))
                throw files.Malformed(TokenizerFiles.Merges, $"line {number} is not two tokens that, like their union, are in {TokenizerFiles.Vocabulary}");
            merges.Add((left, right));
        }
        return merges;
    }
}

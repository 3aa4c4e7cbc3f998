using System.Text.RegularExpressions;

namespace LmoDp.Models.Tokenizers;

/// <summary>RoBERTa's byte-level byte-pair encoding (Radford et al. 2019; Liu et al. 2019), without a blank before the first word.</summary>
public sealed partial class RobertaTextTokenizer : EncoderTokenizer
{
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

    private readonly ByteLevelVocabulary vocabulary;
    private readonly Dictionary<string, int> specialIds;

    internal RobertaTextTokenizer(TokenizerFiles files, ByteLevelVocabulary vocabulary) : base(files)
    {
        this.vocabulary = vocabulary;
        specialIds = Roles.Values.Distinct().ToDictionary(token => token, token => vocabulary.Ids.TryGetValue(token, out var id)
            ? id
            : throw files.Malformed(TokenizerFiles.Vocabulary, $"the special token {token} is missing; is it a RoBERTa vocabulary?"));
        (ClsId, SepId, PadId, MaskId, UnkId) = (specialIds["<s>"], specialIds["</s>"], specialIds["<pad>"], specialIds["<mask>"], specialIds["<unk>"]);
        LowerCase = files.Flag("do_lower_case", false);
    }

    /// <inheritdoc/>
    public override int VocabSize => vocabulary.Size;

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

    private protected override IReadOnlyDictionary<string, string> SpecialTokenNames => Roles;

    private protected override string ClassName => "RobertaTokenizer";

    private protected override bool? LowerCase { get; }

    private protected override string? FastTokenizer =>
        LowerCase == true ? FastTokenizerFile.LowerCaseRoberta(vocabulary.Ids, vocabulary.Merges, specialIds) : null;

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids) => vocabulary.Decode(ids.Where(id => !specialIds.ContainsValue(id)));

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

    private void AddWords(string text, List<int> result) => vocabulary.Encoder.Encode(LowerCase == true ? Tokenizers.LowerCase.Of(text) : text, result);

    [GeneratedRegex("<(?:s|/s|pad|unk|mask)>", RegexOptions.CultureInvariant)]
    private static partial Regex SpecialTokens();
}

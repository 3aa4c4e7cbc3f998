namespace LmoDp.Models.Tokenizers;

/// <summary>GPT-2's byte-level byte-pair encoding (Radford et al. 2019), without a blank before the first word. One special token opens, ends and pads texts.</summary>
public sealed class Gpt2TextTokenizer : TextTokenizer
{
    private const string EndOfText = "<|endoftext|>";
    private static readonly IReadOnlyDictionary<string, string> Roles = new Dictionary<string, string>
    {
        ["bos_token"] = EndOfText,
        ["eos_token"] = EndOfText,
        ["pad_token"] = EndOfText,
        ["unk_token"] = EndOfText,
    };

    private readonly ByteLevelVocabulary vocabulary;
    private readonly int endOfText;

    internal Gpt2TextTokenizer(TokenizerFiles files, ByteLevelVocabulary vocabulary) : base(files) => (this.vocabulary, endOfText) = (vocabulary, vocabulary.Ids[EndOfText]);

    /// <inheritdoc/>
    public override int VocabSize => vocabulary.Size;

    /// <inheritdoc/>
    public override int? BosId => endOfText;

    /// <inheritdoc/>
    public override int? EosId => endOfText;

    /// <inheritdoc/>
    public override int PadId => endOfText;

    private protected override (IReadOnlyList<int> Before, IReadOnlyList<int> Between, IReadOnlyList<int> After) Frame => ([], [], []);

    private protected override IReadOnlyDictionary<string, string> SpecialTokenNames => Roles;

    private protected override string ClassName => "GPT2Tokenizer";

    /// <summary>Whether a vocabulary is GPT-2's: RoBERTa's has a mask, and may hold GPT-2's special token too.</summary>
    internal static bool Fits(ByteLevelVocabulary vocabulary) => vocabulary.Ids.ContainsKey(EndOfText) && !vocabulary.Ids.ContainsKey("<mask>");

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids) => vocabulary.Decode(ids.Where(id => id != endOfText));

    private protected override IReadOnlyList<int> EncodeWellFormed(string text)
    {
        var result = new List<int>();
        foreach (var (number, part) in text.Split(EndOfText).Index())
        {
            if (number > 0)
                result.Add(endOfText);
            vocabulary.Encoder.Encode(part, result);
        }
        return result;
    }
}

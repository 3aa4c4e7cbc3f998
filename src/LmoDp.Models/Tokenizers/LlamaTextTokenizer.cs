using System.Text;
using System.Text.RegularExpressions;

namespace LmoDp.Models.Tokenizers;

/// <summary>
/// Llama's SentencePiece byte-pair encoding (Kudo and Richardson 2018): blanks are the letter U+2581, one is put before a text, and what the vocabulary cannot spell becomes bytes.
/// </summary>
public sealed partial class LlamaTextTokenizer : TextTokenizer
{
    private static readonly IReadOnlyDictionary<string, string> Roles = new Dictionary<string, string>
    {
        ["bos_token"] = "<s>",
        ["eos_token"] = "</s>",
        ["pad_token"] = "<unk>",
        ["unk_token"] = "<unk>",
    };

    private static readonly Dictionary<string, byte> Bytes = Enumerable.Range(0, 256).ToDictionary(SentencePieceEncoder.ByteName, b => (byte)b);
    private readonly SentencePieceModel model;
    private readonly SentencePieceEncoder encoder;
    private readonly Dictionary<string, int> specialIds;

    internal LlamaTextTokenizer(TokenizerFiles files) : base(files)
    {
        try
        {
            model = SentencePieceModel.Parse(files.Bytes(TokenizerFiles.SentencePieces));
            encoder = new SentencePieceEncoder(model);
        }
        catch (Exception error) when (error is FormatException or DecoderFallbackException)
        {
            throw files.Malformed(TokenizerFiles.SentencePieces, $"it is no SentencePiece model that can be used here: {error.Message}", error);
        }
        specialIds = Roles.Values.Distinct().ToDictionary(token => token, token => model.Pieces.Index().FirstOrDefault(piece => piece.Item.Text == token, (-1, default)).Index is var id and >= 0
            ? id
            : throw files.Malformed(TokenizerFiles.SentencePieces, $"the special token {token} is missing; is it a Llama vocabulary?"));
    }

    /// <inheritdoc/>
    public override int VocabSize => model.Pieces.Count;

    /// <inheritdoc/>
    public override int? BosId => specialIds["<s>"];

    /// <inheritdoc/>
    public override int? EosId => specialIds["</s>"];

    /// <inheritdoc/>
    /// <remarks>The model has no padding token of its own; the one for what is unknown never occurs in a text, since bytes spell everything.</remarks>
    public override int PadId => specialIds["<unk>"];

    private protected override (IReadOnlyList<int> Before, IReadOnlyList<int> Between, IReadOnlyList<int> After) Frame => ([specialIds["<s>"]], [specialIds["<s>"]], []);

    private protected override IReadOnlyDictionary<string, string> SpecialTokenNames => Roles;

    private protected override string ClassName => "LlamaTokenizer";

    /// <inheritdoc/>
    /// <remarks>The blank before the text goes; bytes that are no UTF-8 become U+FFFD.</remarks>
    public override string Decode(IEnumerable<int> ids)
    {
        var bytes = new List<byte>();
        var first = true;
        foreach (var id in ids)
        {
            if (id < 0 || id >= model.Pieces.Count)
                throw new BadInputException($"the token id {id} is not in the vocabulary");
            if (specialIds.ContainsValue(id))
                continue;
            var (text, _, kind) = model.Pieces[id];
            if (kind == PieceKind.Byte && Bytes.TryGetValue(text, out var value))
                bytes.Add(value);
            else
                bytes.AddRange(Encoding.UTF8.GetBytes((first && text[0] == SentencePieceEncoder.Blank ? text[1..] : text).Replace(SentencePieceEncoder.Blank, ' ')));
            first = false;
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    private protected override IReadOnlyList<int> EncodeWellFormed(string text)
    {
        var result = new List<int>();
        var start = 0;
        foreach (var special in SpecialTokens().EnumerateMatches(text))
        {
            Add(text[start..special.Index]);
            start = special.Index + special.Length;
            result.Add(specialIds[text[special.Index..start]]);
        }
        Add(text[start..]);
        return result;

        void Add(string part)
        {
            if (part.Length > 0)
                encoder.Encode(part, result);
        }
    }

    [GeneratedRegex("<(?:s|/s|unk)>", RegexOptions.CultureInvariant)]
    private static partial Regex SpecialTokens();
}

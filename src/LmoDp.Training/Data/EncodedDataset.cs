using LmoDp.Models;
using LmoDp.Models.Tokenizers;
using static TorchSharp.torch;

namespace LmoDp.Training.Data;

/// <summary>A data set as token ids, ready to be put into batches.</summary>
public sealed class EncodedDataset
{
    private readonly EncodedText[] texts;
    private readonly long[] labels;
    private readonly int padId, maxTokens;

    /// <summary>Encodes every text; texts longer than the limit are cut, a public rule.</summary>
    /// <param name="data">The texts.</param>
    /// <param name="tokenizer">The model's own.</param>
    /// <param name="maxTokens">The longest sequence, special tokens included.</param>
    /// <param name="cancellation">Ends it early.</param>
    public EncodedDataset(TextDataset data, TextTokenizer tokenizer, int maxTokens, CancellationToken cancellation = default)
        : this(data, tokenizer.Encode, tokenizer.PadId, maxTokens, cancellation)
    {
    }

    /// <summary>Encodes every text by a rule: text, second text or null, and the most ids.</summary>
    internal EncodedDataset(TextDataset data, Func<string, string?, int, EncodedText> encode, int padId, int maxTokens, CancellationToken cancellation)
    {
        (this.padId, this.maxTokens) = (padId, maxTokens);
        labels = [.. data.Examples.Select(example => (long)example.Label)];
        texts = data.Examples.AsParallel().AsOrdered().WithCancellation(cancellation).Select(example => encode(example.Text, example.TextPair, maxTokens)).ToArray();
    }

    /// <summary>Number of examples.</summary>
    public int Count => texts.Length;

    /// <summary>Tokens of an example, special tokens included.</summary>
    public int Length(int example) => texts[example].Ids.Count;

    /// <summary>The shape of the batches in which an example is computed without regard to others.</summary>
    public BatchShape Shape(int example) => BatchShape.Of(Length(example), maxTokens);

    /// <summary>An example's row in batches of a shape.</summary>
    public int Row(int example, BatchShape shape) => shape.RowOf(texts[example].Ids);

    /// <summary>The inputs of some examples, padded on the right.</summary>
    /// <param name="examples">Indices.</param>
    /// <param name="device">Where the tensors are to lie.</param>
    /// <param name="shape">Rows and tokens; null: as many as there are examples, and as many as the longest of them has. Rows beyond the examples are padding, of which one token counts.</param>
    public TokenBatch Inputs(IReadOnlyList<int> examples, Device device, BatchShape? shape = null)
    {
        var (rows, width) = (shape?.Rows ?? examples.Count, shape?.Width ?? examples.Max(Length));
        var ids = new long[rows * width];
        var mask = new long[ids.Length];
        var types = new long[ids.Length];
        Array.Fill(ids, padId);
        for (var row = 0; row < examples.Count; row++)
        {
            var text = texts[examples[row]];
            for (var i = 0; i < text.Ids.Count; i++)
            {
                ids[row * width + i] = text.Ids[i];
                mask[row * width + i] = 1;
                types[row * width + i] = text.TokenTypes[i];
            }
        }
        for (var row = examples.Count; row < rows; row++)
            mask[row * width] = 1;
        return new TokenBatch(tensor(ids, [rows, width], device: device), tensor(mask, [rows, width], device: device), tensor(types, [rows, width], device: device));
    }

    /// <summary>The labels of some examples, int64 <c>[batch]</c>, or <c>[rows]</c>, those beyond the examples 0.</summary>
    public Tensor Labels(IReadOnlyList<int> examples, Device device, int? rows = null)
        => tensor([.. examples.Select(example => labels[example]), .. new long[(rows ?? examples.Count) - examples.Count]], device: device);
}

using LmoDp.Models;
using static TorchSharp.torch;

namespace LmoDp.Training.Data;

/// <summary>Pairs of source and target as token ids, ready to be put into batches.</summary>
public sealed class EncodedPairs
{
    private readonly EncodedPair[] pairs;
    private readonly int maxTokens = int.MaxValue;

    /// <summary>Encodes all pairs.</summary>
    /// <param name="data">The pairs.</param>
    /// <param name="layout">How a pair becomes one text.</param>
    /// <param name="cancellation">Ends it early.</param>
    public EncodedPairs(GenerationDataset data, PromptLayout layout, CancellationToken cancellation = default)
    {
        maxTokens = layout.MaxTokens;
        pairs = data.Examples.AsParallel().AsOrdered().WithCancellation(cancellation).Select(example => layout.Encode(example.Source, example.Target)).ToArray();
    }

    /// <summary>Pairs that are encoded already.</summary>
    public EncodedPairs(IReadOnlyList<EncodedPair> pairs) => this.pairs = [.. pairs];

    /// <summary>Number of pairs.</summary>
    public int Count => pairs.Length;

    /// <summary>One of them.</summary>
    public EncodedPair this[int example] => pairs[example];

    /// <summary>The shape of the batches in which a pair is computed without regard to others.</summary>
    /// <param name="example">The pair.</param>
    /// <param name="tokensPerPlace">What a place of prediction weighs, in tokens.</param>
    public BatchShape Shape(int example, double tokensPerPlace) => BatchShape.Of(pairs[example].Ids.Length, maxTokens, pairs[example].Targets, tokensPerPlace);

    /// <summary>A pair's row in batches of a shape.</summary>
    public int Row(int example, BatchShape shape) => shape.RowOf(pairs[example].Ids);

    /// <summary>Some pairs as a batch.</summary>
    /// <param name="examples">Indices.</param>
    /// <param name="device">Where the tensors are to lie.</param>
    /// <param name="shape">Its size; null: the smallest that holds them. Rows beyond the examples are padding, without weight.</param>
    public PairBatch Batch(IReadOnlyList<int> examples, Device device, BatchShape? shape = null)
    {
        var (rows, width, places) = shape is { } given
            ? (given.Rows, given.Width, given.Places)
            : (examples.Count, examples.Max(example => pairs[example].Ids.Length), examples.Max(example => pairs[example].Targets));
        var ids = new long[rows * width];
        var (positions, targets, weights) = (new long[rows * places], new long[rows * places], new float[rows * places]);
        for (var row = 0; row < examples.Count; row++)
        {
            var pair = pairs[examples[row]];
            for (var i = 0; i < pair.Ids.Length; i++)
                ids[row * width + i] = pair.Ids[i];
            for (var i = 0; i < pair.Targets; i++)
                (positions[row * places + i], targets[row * places + i], weights[row * places + i]) = (pair.Start + i - 1, pair.Ids[pair.Start + i], 1f / pair.Targets);
        }
        return new PairBatch(
            new TokenBatch(tensor(ids, [rows, width], device: device)),
            tensor(positions, [rows, places], device: device), tensor(targets, [rows, places], device: device), tensor(weights, [rows, places], device: device));
    }
}

/// <summary>A batch of pairs.</summary>
/// <param name="Inputs">The ids, filled up on the right; no token sees what comes after it, so that needs no mask.</param>
/// <param name="Positions">Where something is to be predicted: int64 <c>[batch, places]</c>.</param>
/// <param name="Targets">The id after each of these positions: int64 <c>[batch, places]</c>.</param>
/// <param name="Weights">Its share in the mean over the example's own targets: float32 <c>[batch, places]</c>; 0 at places that an example does not need.</param>
public sealed record PairBatch(TokenBatch Inputs, Tensor Positions, Tensor Targets, Tensor Weights);

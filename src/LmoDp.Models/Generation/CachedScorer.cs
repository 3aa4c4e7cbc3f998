using LmoDp.Models.Decoders;
using static TorchSharp.torch;

namespace LmoDp.Models.Generation;

/// <summary>A causal language model that keeps what it has read: each further token costs one pass over itself alone.</summary>
/// <param name="model">The model; it stays the caller's.</param>
/// <param name="device">Where it lies.</param>
public sealed class CachedScorer(CausalLanguageModel model, Device device) : NextTokenScorer
{
    private KeyValueCache? cache;

    /// <inheritdoc/>
    public override Tensor Begin(IReadOnlyList<IReadOnlyList<int>> prompts)
    {
        cache?.Dispose();
        cache = new KeyValueCache(model.Config);
        return model.NextLogits(LeftPadded(prompts, device), cache);
    }

    /// <inheritdoc/>
    public override Tensor Continue(IReadOnlyList<int> parents, IReadOnlyList<int> tokens)
    {
        var read = cache ?? throw new InvalidOperationException($"call {nameof(Begin)} first");
        read.Reorder(parents);
        using var ids = tensor([.. tokens.Select(id => (long)id)], [tokens.Count, 1], device: device);
        return model.NextLogits(new TokenBatch(ids), read);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        cache?.Dispose();
        base.Dispose();
    }

    /// <summary>Texts padded on the left, so that their last tokens are in one column.</summary>
    internal static TokenBatch LeftPadded(IReadOnlyList<IReadOnlyList<int>> texts, Device device)
    {
        var width = texts.Max(text => text.Count);
        var ids = new long[texts.Count * width];
        var mask = new long[ids.Length];
        for (var row = 0; row < texts.Count; row++)
        {
            var offset = (row + 1) * width - texts[row].Count;
            for (var i = 0; i < texts[row].Count; i++)
                (ids[offset + i], mask[offset + i]) = (texts[row][i], 1);
        }
        long[] shape = [texts.Count, width];
        return new TokenBatch(tensor(ids, shape, device: device), Array.TrueForAll(mask, real => real == 1) ? null : tensor(mask, shape, device: device));
    }
}

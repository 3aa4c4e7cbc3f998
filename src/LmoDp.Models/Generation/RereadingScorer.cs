using LmoDp.Models.Decoders;
using static TorchSharp.torch;

namespace LmoDp.Models.Generation;

/// <summary>A causal language model that reads every text anew for each token: slow, and what <see cref="CachedScorer"/> must agree with.</summary>
/// <param name="model">The model; it stays the caller's.</param>
/// <param name="device">Where it lies.</param>
public sealed class RereadingScorer(CausalLanguageModel model, Device device) : NextTokenScorer
{
    private IReadOnlyList<IReadOnlyList<int>> texts = [];

    /// <inheritdoc/>
    public override Tensor Begin(IReadOnlyList<IReadOnlyList<int>> prompts)
    {
        texts = prompts;
        using var scope = NewDisposeScope();
        using var nothingKept = new KeyValueCache(model.Config);
        return model.NextLogits(CachedScorer.LeftPadded(texts, device), nothingKept).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Continue(IReadOnlyList<int> parents, IReadOnlyList<int> tokens) => Begin([.. parents.Zip(tokens, (parent, token) => (int[])[.. texts[parent], token])]);
}

using static TorchSharp.torch;

namespace LmoDp.Models.Generation;

/// <summary>Scores the next token of several texts at once, which grow token by token.</summary>
public abstract class NextTokenScorer : IDisposable
{
    /// <summary>Reads the beginnings of the texts, of any lengths.</summary>
    /// <param name="prompts">At least one; none is empty.</param>
    /// <returns>The logits after each, <c>[texts, vocabulary]</c>.</returns>
    public abstract Tensor Begin(IReadOnlyList<IReadOnlyList<int>> prompts);

    /// <summary>Puts other texts in place of the former ones: text i is the former text <c>parents[i]</c>, and <c>tokens[i]</c> after it. Former texts may occur several times, or not at all.</summary>
    /// <returns>The logits after each, <c>[texts, vocabulary]</c>.</returns>
    public abstract Tensor Continue(IReadOnlyList<int> parents, IReadOnlyList<int> tokens);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

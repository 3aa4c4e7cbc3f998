using static TorchSharp.torch;

namespace LmoDp.Training.Objectives;

/// <summary>What training descends on: one loss for each example, computed from that example alone (nothing in a model may mix examples).</summary>
public abstract class Objective : IDisposable
{
    /// <summary>The module whose layers the losses run through; parameters carry their checkpoint names.</summary>
    public abstract nn.Module Model { get; }

    /// <summary>Number of examples.</summary>
    public abstract int Count { get; }

    /// <summary>The size of an example in tokens, for dividing micro-batches.</summary>
    public abstract int Length(int example);

    /// <summary>The losses of some examples in nats, <c>[batch]</c>.</summary>
    public abstract Tensor Losses(IReadOnlyList<int> examples);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

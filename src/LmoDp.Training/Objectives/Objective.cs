using LmoDp.Training.Data;
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

    /// <summary>The shape of the batches in which an example's loss does not depend on the other examples.</summary>
    public abstract BatchShape Shape(int example);

    /// <summary>The row of these batches in which the example is always computed: a function of the example alone. The first one, where a batch holds one example.</summary>
    public virtual int Row(int example) => 0;

    /// <summary>The losses of some examples in nats.</summary>
    /// <param name="examples">Indices; no more than the shape has rows.</param>
    /// <param name="shape">The <see cref="Shape"/> that all of them have; null: the smallest batch that holds them.</param>
    /// <returns><c>[batch]</c>, or <c>[rows]</c> of the shape, of which those beyond the examples mean nothing.</returns>
    public abstract Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

using LmoDp.Models;
using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// The per-example gradients of one parameter in one micro-batch, in a form that is much smaller than the gradients themselves. A parameter that is used several times
/// (tied embeddings, a layer called twice) has one object, and its gradient is the sum over the uses.
/// </summary>
internal abstract class ParameterGradient
{
    /// <summary>Squared L2 norms.</summary>
    public abstract SquaredNorms SquaredNorms();

    /// <summary>Adds the weighted sum over examples to <paramref name="sum"/> (float64, the parameter's shape) and frees what is held.</summary>
    public abstract void AddWeightedSum(ExampleWeights weights, Tensor sum);

    /// <summary>Frees what is held.</summary>
    public abstract void Release();
}

/// <summary>Gradients of a bias or a gain: small enough to be kept as a table.</summary>
internal sealed class VectorGradient : ParameterGradient
{
    private Tensor? table;

    /// <param name="gradients">One use's gradients, <c>[batch, size]</c>.</param>
    public void Add(Tensor gradients)
    {
        var sum = table is null ? gradients.alias() : table.add(gradients, KeptNumbers.One);
        table?.Dispose();
        table = sum.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>The sum is made from this very table, so that only its norm rounds, and that in float64.</remarks>
    public override SquaredNorms SquaredNorms()
    {
        using var scope = NewDisposeScope();
        var exact = table!.to(ScalarType.Float64);
        var value = (exact * exact).sum(1L).ToDoubles();
        var gamma = Rounding.Gamma(table.shape[1] + 1, ScalarType.Float64);
        return new(value, Array.ConvertAll(value, squared => squared * gamma));
    }

    /// <inheritdoc/>
    public override void AddWeightedSum(ExampleWeights weights, Tensor sum)
    {
        using (NewDisposeScope())
            sum.view(-1).add_(weights.Scale(table!.to(sum.dtype)).sum(0L), KeptNumbers.One);
        Release();
    }

    /// <inheritdoc/>
    public override void Release()
    {
        table?.Dispose();
        table = null;
    }
}

using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// The clip factors of a batch. An example whose gradient is not finite weighs nothing, and its rows are replaced by zeros: a factor 0 alone would not do, for 0 times NaN
/// is NaN.
/// </summary>
internal sealed class ExampleWeights
{
    private readonly Tensor factors;
    private readonly Tensor? excluded;

    /// <param name="factors">float64, <c>[batch]</c>.</param>
    /// <param name="finite">Which examples count, bool, <c>[batch]</c>.</param>
    public ExampleWeights(Tensor factors, Tensor finite)
    {
        this.factors = factors;
        excluded = finite.all().item<bool>() ? null : finite.logical_not();
    }

    /// <summary>Rows times their example's factor, <c>[batch, ...]</c>.</summary>
    public Tensor Scale(Tensor rows) => Clean(rows * Align(factors, rows).to(rows.dtype));

    /// <summary>The rows with zeros for excluded examples, <c>[batch, ...]</c>.</summary>
    public Tensor Clean(Tensor rows) => excluded is null ? rows : rows.masked_fill(Align(excluded, rows), 0);

    private static Tensor Align(Tensor perExample, Tensor rows)
    {
        var shape = Enumerable.Repeat(1L, rows.shape.Length).ToArray();
        shape[0] = -1;
        return perExample.view(shape);
    }
}

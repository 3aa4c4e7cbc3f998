using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// The clip factors of a batch. An example whose gradient is not finite weighs nothing, and its rows are replaced by zeros: a factor 0 alone would not do, for 0 times NaN
/// is NaN.
/// </summary>
internal sealed class ExampleWeights
{
    private readonly Tensor factors;
    private readonly Tensor? included;

    /// <param name="factors">By example.</param>
    /// <param name="included">Whether an example counts.</param>
    /// <param name="device">Where the rows are.</param>
    public ExampleWeights(double[] factors, bool[] included, Device device)
    {
        this.factors = tensor(factors, device: device);
        this.included = Array.TrueForAll(included, counts => counts) ? null : tensor(included, device: device);
    }

    /// <summary>Rows times their example's factor, <c>[batch, ...]</c>.</summary>
    public Tensor Scale(Tensor rows) => Clean(rows * Align(factors, rows).to(rows.dtype));

    /// <summary>The rows with zeros for excluded examples, <c>[batch, ...]</c>.</summary>
    public Tensor Clean(Tensor rows) => included is null ? rows : where(Align(included, rows), rows, zeros_like(rows));

    private static Tensor Align(Tensor perExample, Tensor rows)
    {
        var shape = Enumerable.Repeat(1L, rows.shape.Length).ToArray();
        shape[0] = -1;
        return perExample.view(shape);
    }
}

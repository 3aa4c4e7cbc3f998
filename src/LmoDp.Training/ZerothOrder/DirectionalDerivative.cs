using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.ZerothOrder;

/// <summary>
/// Each example's derivative along a direction, by a central difference: (l(theta + s u) - l(theta - s u)) / (2 s), two forward passes in float32. Its mean over all u, times u, is the gradient up to
/// terms of order s^2. Examples are computed in batches whose shapes, and in rows which, do not depend on one another (<see cref="BatchShape"/>).
/// </summary>
/// <param name="objective">The loss.</param>
/// <param name="parameters">What is perturbed.</param>
internal sealed class DirectionalDerivative(Objective objective, PerturbedParameters parameters)
{
    /// <summary>The derivatives. The parameters are afterwards, and after an exception too, bit by bit what they were before.</summary>
    /// <param name="direction">u.</param>
    /// <param name="batches">The examples.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    /// <returns>By example; may not be finite.</returns>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public IReadOnlyDictionary<int, Difference> Along(SignDirection direction, IReadOnlyList<PlacedBatch> batches, CancellationToken cancellation)
    {
        var at = 0;
        try
        {
            Go(1);
            var above = Losses(batches, cancellation);
            Go(-1);
            var below = Losses(batches, cancellation);
            return above.ToDictionary(entry => entry.Key, entry => new Difference(entry.Value, below[entry.Key], parameters.Scale));
        }
        finally
        {
            Go(0);
        }

        void Go(int to)
        {
            if (to != at)
                parameters.Shift(direction, to - at);
            at = to;
        }
    }

    private Dictionary<int, double> Losses(IReadOnlyList<PlacedBatch> batches, CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        var all = new Dictionary<int, double>();
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var losses = objective.Losses(batch.Rows(), batch.Shape).ToDoubles();
            foreach (var (row, example) in batch.Placed)
                all.Add(example, losses[row]);
        }
        return all;
    }
}

/// <summary>An example's losses on both sides. Private.</summary>
/// <param name="Above">l(theta + s u).</param>
/// <param name="Below">l(theta - s u).</param>
/// <param name="Scale">s.</param>
internal readonly record struct Difference(double Above, double Below, float Scale)
{
    /// <summary>The derivative along u.</summary>
    public double Derivative => (Above - Below) / (2 * Scale);
}

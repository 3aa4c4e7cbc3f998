using LmoDp.Models;
using LmoDp.Training.Data;
using static TorchSharp.torch;

namespace LmoDp.Training.Objectives;

/// <summary>
/// Cross-entropy of a sequence classifier whose body is frozen: what the body says of each example never changes, so it is computed once, and a step costs
/// next to nothing.
/// </summary>
public sealed class HeadObjective : Objective
{
    private const int RowsOfOneShape = 256;

    private readonly TextClassifier classifier;
    private readonly EncodedDataset data;
    private readonly Device device;
    private readonly Tensor features;

    /// <summary>Runs the body over all examples.</summary>
    /// <param name="classifier">The model.</param>
    /// <param name="data">The examples.</param>
    /// <param name="device">Where the model lies.</param>
    /// <param name="cancellation">Ends it between two micro-batches.</param>
    public HeadObjective(TextClassifier classifier, EncodedDataset data, Device device, CancellationToken cancellation = default)
    {
        (this.classifier, this.data, this.device) = (classifier, data, device);
        using var noGrad = no_grad();
        features = empty(data.Count, classifier.Config.HiddenSize, device: device).DetachFromDisposeScope();
        foreach (var batch in MicroBatches.OfOneShape(Enumerable.Range(0, data.Count), data.Shape, example => data.Row(example, data.Shape(example))))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var found = classifier.Features(data.Inputs(batch.Rows(), device, batch.Shape));
            features.index_copy_(0, Indices(batch.Placed.Select(placed => placed.Example)), found.index_select(0, Indices(batch.Placed.Select(placed => placed.Row))));
        }
    }

    /// <inheritdoc/>
    public override nn.Module Model => classifier;

    /// <inheritdoc/>
    public override int Count => data.Count;

    /// <inheritdoc/>
    /// <remarks>An example is one row, but counts for more: a float32 sum of thousands of rows would round by as much as the margin in the sensitivity allows for.</remarks>
    public override int Length(int example) => 8;

    /// <inheritdoc/>
    public override BatchShape Shape(int example) => new(RowsOfOneShape, 1);

    /// <inheritdoc/>
    public override int Row(int example) => data.Row(example, Shape(example));

    /// <inheritdoc/>
    public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
    {
        var rows = shape?.Rows ?? examples.Count;
        var logits = classifier.Classify(features.index_select(0, Indices([.. examples, .. Enumerable.Repeat(examples[0], rows - examples.Count)])));
        return nn.functional.cross_entropy(logits, data.Labels(examples, device, rows), reduction: nn.Reduction.None);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        features.Dispose();
        base.Dispose();
    }

    private Tensor Indices(IEnumerable<int> examples) => tensor(examples.Select(example => (long)example).ToArray(), device: device);
}

using LmoDp.Models;
using LmoDp.Training.Data;
using static TorchSharp.torch;

namespace LmoDp.Training.Objectives;

/// <summary>Cross-entropy of a sequence classifier.</summary>
/// <param name="classifier">The model.</param>
/// <param name="data">The examples.</param>
/// <param name="device">Where the model lies.</param>
public sealed class ClassificationObjective(TextClassifier classifier, EncodedDataset data, Device device) : Objective
{
    /// <inheritdoc/>
    public override nn.Module Model => classifier;

    /// <inheritdoc/>
    public override int Count => data.Count;

    /// <inheritdoc/>
    public override int Length(int example) => data.Length(example);

    /// <inheritdoc/>
    public override BatchShape Shape(int example) => data.Shape(example);

    /// <inheritdoc/>
    public override int Row(int example) => data.Row(example, Shape(example));

    /// <inheritdoc/>
    public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
        => nn.functional.cross_entropy(classifier.call(data.Inputs(examples, device, shape)), data.Labels(examples, device, shape?.Rows), reduction: nn.Reduction.None);
}

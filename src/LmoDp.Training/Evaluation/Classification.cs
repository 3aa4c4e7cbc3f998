using LmoDp.Models;
using LmoDp.Training.Data;
using static TorchSharp.torch;

namespace LmoDp.Training.Evaluation;

/// <summary>Runs a classifier over data.</summary>
public static class Classification
{
    /// <summary>Most tokens in one batch, padding included.</summary>
    private const int TokenBudget = 8192;

    /// <summary>The probability of each label for each example, <c>[examples][labels]</c>, in the order of the data.</summary>
    public static float[][] Probabilities(TextClassifier classifier, EncodedDataset data, Device device, CancellationToken cancellation = default)
    {
        using var noGrad = no_grad();
        var result = new float[data.Count][];
        foreach (var examples in MicroBatches.Divide(Enumerable.Range(0, data.Count), data.Length, TokenBudget))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var probabilities = classifier.call(data.Inputs(examples, device)).softmax(-1).cpu();
            for (var row = 0; row < examples.Length; row++)
                result[examples[row]] = probabilities[row].data<float>().ToArray();
        }
        return result;
    }

    /// <summary>The likeliest label of each example.</summary>
    public static int[] Predictions(TextClassifier classifier, EncodedDataset data, Device device, CancellationToken cancellation = default)
        => [.. Probabilities(classifier, data, device, cancellation).Select(row => Array.IndexOf(row, row.Max()))];
}

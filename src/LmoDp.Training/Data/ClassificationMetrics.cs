namespace LmoDp.Training.Data;

/// <summary>How well predicted labels agree with the true ones.</summary>
public static class ClassificationMetrics
{
    /// <summary>Accuracy, and for two labels the F1 score of the positive class (label 1), by name.</summary>
    /// <param name="predictions">Predicted label indices, one an example.</param>
    /// <param name="labels">True label indices.</param>
    /// <param name="labelCount">How many labels the task has.</param>
    /// <param name="suffix">Appended to each name (<see cref="EvaluationFile.MetricSuffix"/>).</param>
    public static IReadOnlyDictionary<string, double> Compute(IReadOnlyList<int> predictions, IReadOnlyList<int> labels, int labelCount, string suffix = "")
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal) { ["accuracy" + suffix] = Accuracy(predictions, labels) };
        if (labelCount == 2)
            metrics["f1" + suffix] = F1(predictions, labels, positive: 1);
        return metrics;
    }

    /// <summary>The share of examples whose label is predicted.</summary>
    public static double Accuracy(IReadOnlyList<int> predictions, IReadOnlyList<int> labels)
        => (double)Count(predictions, labels, (predicted, label) => predicted == label) / labels.Count;

    /// <summary>F1 = 2 TP / (2 TP + FP + FN) of one class; 0 where the class is neither there nor predicted.</summary>
    /// <param name="predictions">Predicted label indices.</param>
    /// <param name="labels">True label indices.</param>
    /// <param name="positive">The class.</param>
    public static double F1(IReadOnlyList<int> predictions, IReadOnlyList<int> labels, int positive)
    {
        var hits = Count(predictions, labels, (predicted, label) => predicted == positive && label == positive);
        var errors = Count(predictions, labels, (predicted, label) => (predicted == positive) != (label == positive));
        return hits == 0 ? 0 : 2.0 * hits / (2.0 * hits + errors);
    }

    private static int Count(IReadOnlyList<int> predictions, IReadOnlyList<int> labels, Func<int, int, bool> holds)
    {
        if (predictions.Count != labels.Count || labels.Count == 0)
            throw new ArgumentException("there must be one prediction for each label, and at least one", nameof(predictions));
        return Enumerable.Range(0, labels.Count).Count(i => holds(predictions[i], labels[i]));
    }
}

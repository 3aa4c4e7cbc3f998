using LmoDp.Models.Adapters;
using LmoDp.Models.Layers;
using LmoDp.Training.Data;

namespace LmoDp.Training.Runs;

/// <summary>How many numbers a run would train: the length of the gradient that it clips and covers with noise.</summary>
public static class GradientLength
{
    /// <summary>Texts do not matter here.</summary>
    private const int MaxTokens = 128;

    /// <summary>That of a classifier with a head, as <see cref="FinetuneRun"/> begins with it.</summary>
    /// <param name="model">The model's folder; null for the embedded one.</param>
    /// <param name="labels">Number of labels, 2 or more.</param>
    /// <param name="trainable">What is trained.</param>
    /// <param name="loraRank">Rank of LoRA factors.</param>
    /// <param name="promptLength">Vectors of a soft prompt.</param>
    /// <exception cref="BadInputException">The folder holds no model, or one without such parameters.</exception>
    public static long OfClassifier(string? model, int labels, TrainableSet trainable, int loraRank, int promptLength)
    {
        var task = ClassificationTask.Custom("text", null, "label", [.. Enumerable.Range(0, labels).Select(label => FormattableString.Invariant($"{label}"))], null);
        using var trained = new TrainedModel(new ClassificationFiles(task, null, null, null), model, MaxTokens, trainable, loraRank, 2 * loraRank, promptLength, WeightStorage.Memory);
        return trained.Parameters.Sum(entry => entry.Parameter.numel());
    }
}

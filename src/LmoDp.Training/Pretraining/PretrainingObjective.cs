using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>What to pre-train, and from where: everything that can be said before the text is read.</summary>
public abstract class PretrainingRecipe
{
    /// <summary>Where a learned vocabulary is kept.</summary>
    internal const string MergesFile = "merges.txt";

    /// <summary>One canonical text that tells this recipe from others.</summary>
    public abstract string Describe();

    /// <summary>Refuses a model that cannot be trained so.</summary>
    /// <exception cref="BadInputException">Its sizes do not fit, or it takes fewer tokens than the spans have.</exception>
    public abstract void Check();

    /// <summary>Reads the text and makes the model.</summary>
    /// <param name="files">Plain or gzip-compressed UTF-8 files.</param>
    /// <param name="settings">How to train.</param>
    /// <param name="runFolder">What is learned on the way, such as a vocabulary, is kept there, for a run that goes on.</param>
    /// <exception cref="BadInputException">The text is not right.</exception>
    public abstract PretrainingObjective Begin(IReadOnlyList<string> files, PretrainingSettings settings, string runFolder);
}

/// <summary>A model, the public text that it learns from, and the loss that it descends on.</summary>
public abstract class PretrainingObjective : IDisposable
{
    /// <summary>Held-out batches that progress is measured on.</summary>
    internal const int HeldOutBatches = 16;

    /// <summary>What is trained.</summary>
    public abstract nn.Module Module { get; }

    /// <summary>The loss of a batch, a scalar. The number determines the batch.</summary>
    public abstract Tensor Loss(int number);

    /// <summary>Losses in nats on held-out text, always the same, by name; the first is the one that counts.</summary>
    public abstract IReadOnlyList<(string Name, double Nats)> Measure();

    /// <summary>Writes model and tokenizer into an existing folder, complete for Hugging Face transformers, in half precision.</summary>
    public abstract void Save(string folder);

    /// <inheritdoc/>
    public void Dispose()
    {
        Module.Dispose();
        GC.SuppressFinalize(this);
    }
}

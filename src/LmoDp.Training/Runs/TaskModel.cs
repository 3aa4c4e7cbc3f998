using LmoDp.Models.Adapters;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Data;
using LmoDp.Training.Evaluation;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.Runs;

/// <summary>A model and the task that it is trained for: everything in a run that depends on the kind of task.</summary>
public abstract class TaskModel : IDisposable
{
    /// <summary>Seed of what a pre-trained model lacks, such as an output layer or adapters: public, and the same for everyone.</summary>
    public const long FreshSeed = 20240518;

    /// <summary>Most tokens in a micro-batch, padding included.</summary>
    public const int TokenBudget = 8192;

    /// <summary>The module, parameters under Hugging Face's names.</summary>
    public abstract nn.Module Module { get; }

    /// <summary>What texts are really cut to.</summary>
    public abstract int MaxTokens { get; }

    /// <summary>Reads the training rows, and the evaluation rows too, so that bad ones are found before anything is released.</summary>
    /// <param name="maxExamples">Only the first training rows are used; null for all.</param>
    /// <returns>The training rows.</returns>
    /// <exception cref="BadInputException">A file is missing or malformed.</exception>
    public abstract Dataset Read(int? maxExamples);

    /// <summary>Gives the model a soft prompt, which from then on stands before each text; called before anything is read.</summary>
    /// <param name="length">Number of vectors.</param>
    /// <exception cref="BadInputException">It leaves no room for a text.</exception>
    public abstract SoftPrompt AttachPrompt(int length);

    /// <summary>Adds rows of random text after the training rows that were read, each a unit of privacy of its own, for an audit.</summary>
    /// <param name="count">How many.</param>
    /// <param name="random">Of the texts, and of the labels where there are any.</param>
    /// <returns>All rows.</returns>
    public abstract Dataset AppendCanaries(int count, RandomSource random);

    /// <summary>What is descended on, over the rows that were read.</summary>
    /// <param name="trained">Which parameters are trained: what stays frozen may be computed once.</param>
    /// <param name="cancellation">Ends it early.</param>
    public abstract Objective Objective(TrainableSet trained, CancellationToken cancellation);

    /// <summary>Metrics on the evaluation rows, by name.</summary>
    /// <param name="progress">Told how far it is, where that takes long: where texts are written.</param>
    /// <param name="cancellation">Ends it early.</param>
    public abstract IReadOnlyDictionary<string, double> Evaluate(IProgress<WritingStatus>? progress, CancellationToken cancellation);

    /// <summary>Writes model and tokenizer into an existing folder, complete for Hugging Face transformers.</summary>
    public abstract void Save(string folder);

    /// <summary>Writes adapters, without the model that they adapt, and the tokenizer into an existing folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="adapters">The module's adapters.</param>
    /// <param name="baseModel">The folder that the model was loaded from.</param>
    public abstract void SaveAdapters(string folder, LoraAdapters adapters, string baseModel);

    /// <inheritdoc/>
    public void Dispose()
    {
        Module.Dispose();
        GC.SuppressFinalize(this);
    }
}

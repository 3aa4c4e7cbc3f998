using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Layers;
using LmoDp.Models.Prompts;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Auditing;
using LmoDp.Training.Data;
using LmoDp.Training.Evaluation;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.Runs;

/// <summary>A classification task and where its rows lie.</summary>
/// <param name="Task">Columns and labels.</param>
/// <param name="Folder">The data folder of a built-in task; null for the user's own files.</param>
/// <param name="TrainFile">The user's training file; null for a built-in task.</param>
/// <param name="EvaluationFile">The user's labelled file to evaluate on; null for a built-in task, or where there is none.</param>
/// <param name="Prompt">The prompt that makes a masked language model a classifier; null for a classifier with a head.</param>
public sealed record ClassificationFiles(ClassificationTask Task, string? Folder, string? TrainFile, string? EvaluationFile, ClassificationPrompt? Prompt = null) : TaskFiles
{
    /// <inheritdoc/>
    public override string Name => Task.Name;

    /// <inheritdoc/>
    public override string? UnitColumn => Task.UnitColumn;

    /// <inheritdoc/>
    public override string EmbeddedModelName => Path.GetFileName(EmbeddedModel.Folder);

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, string? Value)> Settings =>
    [
        ("train", FileName(Folder ?? TrainFile!)),
        ("textColumn", Task.TextColumn),
        ("textPairColumn", Task.TextPairColumn),
        ("labelColumn", Task.LabelColumn),
        ("unitColumn", Task.UnitColumn),
        ("labels", string.Join(',', Task.Labels)),
        ("prompt", Prompt?.Template),
        ("verbalisers", Prompt is null ? null : string.Join(',', Prompt.Words)),
    ];

    /// <inheritdoc/>
    public override TaskModel Load(string? model, int maxTokens, WeightStorage storage)
        => new ClassificationModel(this, LoadedClassifier.ForTraining(model ?? EmbeddedModel.Folder, Task.Labels, storage, Prompt), maxTokens);

    /// <summary>The training rows.</summary>
    public TextDataset ReadTrain() => Folder is not null ? Task.ReadTrain(Folder) : Task.Read(TrainFile!);

    /// <summary>The sets to evaluate on, each with the suffix of its metrics' names; none where the user gave no file.</summary>
    public IReadOnlyList<(string Suffix, TextDataset Data)> ReadEvaluation()
    {
        if (Folder is not null)
            return [.. Task.ReadEvaluation(Folder).Select(set => (set.File.MetricSuffix, set.Data))];
        return EvaluationFile is null ? [] : [("", Task.Read(EvaluationFile))];
    }
}

/// <summary>A sequence classifier and the rows that it learns from.</summary>
internal sealed class ClassificationModel(ClassificationFiles files, LoadedClassifier classifier, int maxTokens) : TaskModel
{
    private TextDataset? rows;
    private IReadOnlyList<(string Suffix, TextDataset Data)> evaluation = [];

    /// <inheritdoc/>
    public override nn.Module Module => classifier.Model;

    /// <inheritdoc/>
    public override int MaxTokens => Math.Min(maxTokens, classifier.Model.Config.MaxTokens);

    /// <inheritdoc/>
    public override Dataset Read(int? maxExamples)
    {
        rows = files.ReadTrain().First(maxExamples ?? int.MaxValue);
        evaluation = files.ReadEvaluation();
        return rows;
    }

    /// <inheritdoc/>
    public override SoftPrompt AttachPrompt(int length) => classifier.AttachPrompt(length);

    /// <inheritdoc/>
    public override Dataset AppendCanaries(int count, RandomSource random)
    {
        var read = rows ?? throw new InvalidOperationException($"call {nameof(Read)} first");
        var canaries = Enumerable.Range(0, count).Select(canary => new TextExample(CanaryText.Next(random), files.Task.TextPairColumn is null ? null : CanaryText.Next(random),
            CanaryText.Below(random, files.Task.Labels.Count), files.UnitColumn is null ? null : CanaryText.Unit(canary)));
        return rows = new TextDataset(read.Name, [.. read.Examples, .. canaries]);
    }

    /// <inheritdoc/>
    /// <remarks>Only the head trained: the body's outputs are computed once.</remarks>
    public override Objective Objective(TrainableSet trained, CancellationToken cancellation)
    {
        var encoded = Encode(rows ?? throw new InvalidOperationException($"call {nameof(Read)} first"), cancellation);
        return trained == TrainableSet.Head
            ? new HeadObjective(classifier.Model, encoded, CPU, cancellation)
            : new ClassificationObjective(classifier.Model, encoded, CPU);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(IProgress<WritingStatus>? progress, CancellationToken cancellation)
    {
        var metrics = new Dictionary<string, double>();
        foreach (var (suffix, data) in evaluation)
        {
            var predictions = Classification.Predictions(classifier.Model, Encode(data, cancellation), CPU, cancellation);
            foreach (var (name, value) in ClassificationMetrics.Compute(predictions, [.. data.Examples.Select(example => example.Label)], classifier.Model.Config.NumLabels, suffix))
                metrics.Add(name, value);
        }
        return metrics;
    }

    /// <inheritdoc/>
    public override void Save(string folder) => ClassifierCheckpoint.Save(folder, classifier.Model, classifier.Tokenizer);

    /// <inheritdoc/>
    public override void SaveAdapters(string folder, LoraAdapters adapters, string baseModel) => AdapterFolder.Save(folder, adapters, classifier.Model, classifier.Model.Config, baseModel, classifier.Tokenizer);

    private EncodedDataset Encode(TextDataset data, CancellationToken cancellation) => classifier.Encode(data, MaxTokens, cancellation);
}

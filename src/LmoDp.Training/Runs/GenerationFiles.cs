using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Decoders;
using LmoDp.Models.Layers;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Auditing;
using LmoDp.Training.Data;
using LmoDp.Training.Evaluation;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.Runs;

/// <summary>A generation task and where its pairs lie.</summary>
/// <param name="Task">How pairs are read.</param>
/// <param name="Folder">The data folder of a built-in task; null for the user's own files.</param>
/// <param name="TrainFile">The user's training file; null for a built-in task.</param>
/// <param name="EvaluationFile">The user's file to evaluate on; null for a built-in task, or where there is none.</param>
public sealed record GenerationFiles(GenerationTask Task, string? Folder, string? TrainFile, string? EvaluationFile) : TaskFiles
{
    /// <inheritdoc/>
    public override string Name => Task.Name;

    /// <inheritdoc/>
    public override string? UnitColumn => Task.UnitColumn;

    /// <inheritdoc/>
    public override string EmbeddedModelName => Path.GetFileName(EmbeddedModel.WriterFolder);

    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, string? Value)> Settings =>
    [
        ("train", FileName(Folder ?? TrainFile!)),
        ("sourceColumn", Task.SourceColumn),
        ("targetColumn", Task.TargetColumn),
        ("unitColumn", Task.UnitColumn),
    ];

    /// <inheritdoc/>
    public override TaskModel Load(string? model, int maxTokens, WeightStorage storage) => new WriterModel(this, LoadedWriter.ForTraining(model ?? EmbeddedModel.WriterFolder, storage), maxTokens);

    /// <summary>The training pairs.</summary>
    public GenerationDataset ReadTrain() => Folder is not null ? Task.ReadTrain(Folder) : Task.Read(TrainFile!);

    /// <summary>The sets to evaluate on, each with the suffix of its metrics' names; none where the user gave no file.</summary>
    public IReadOnlyList<(string Suffix, GenerationDataset Data)> ReadEvaluation()
    {
        if (Folder is not null)
            return Task.ReadEvaluation(Folder);
        return EvaluationFile is null ? [] : [("", Task.Read(EvaluationFile))];
    }
}

/// <summary>A causal language model and the pairs that it learns from.</summary>
internal sealed class WriterModel(GenerationFiles files, LoadedWriter writer, int maxTokens) : TaskModel
{
    private GenerationDataset? pairs;
    private IReadOnlyList<(string Suffix, GenerationDataset Data)> evaluation = [];
    private Writing? writing;

    /// <inheritdoc/>
    public override nn.Module Module => writer.Model;

    /// <inheritdoc/>
    public override int MaxTokens => Math.Min(maxTokens, writer.Model.Config.MaxTokens);

    /// <inheritdoc/>
    public override Dataset Read(int? maxExamples)
    {
        pairs = files.ReadTrain().First(maxExamples ?? int.MaxValue);
        evaluation = files.ReadEvaluation();
        writing = Writing.WithBeams(writer, MaxTokens); // refused here, and not when all has been released, where it leaves no room for a source
        return pairs;
    }

    /// <inheritdoc/>
    public override SoftPrompt AttachPrompt(int length) => writer.AttachPrompt(length);

    /// <inheritdoc/>
    public override Dataset AppendCanaries(int count, RandomSource random)
    {
        var read = pairs ?? throw new InvalidOperationException($"call {nameof(Read)} first");
        return pairs = read.With(Enumerable.Range(0, count)
            .Select(canary => new SourceTarget(CanaryText.Next(random), CanaryText.Next(random), files.UnitColumn is null ? null : CanaryText.Unit(canary))));
    }

    /// <inheritdoc/>
    public override Objective Objective(TrainableSet trained, CancellationToken cancellation)
    {
        var rows = pairs ?? throw new InvalidOperationException($"call {nameof(Read)} first");
        return new GenerationObjective(writer.Model, new EncodedPairs(rows, writer.Layout(MaxTokens), cancellation), CPU);
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> Evaluate(IProgress<WritingStatus>? progress, CancellationToken cancellation)
    {
        var judge = writing ?? throw new InvalidOperationException($"call {nameof(Read)} first");
        return evaluation.SelectMany(set => judge.Judge(set.Data, set.Suffix, progress, cancellation)).ToDictionary();
    }

    /// <inheritdoc/>
    public override void Save(string folder) => DecoderCheckpoint.Save(folder, writer.Model, writer.Tokenizer);

    /// <inheritdoc/>
    public override void SaveAdapters(string folder, LoraAdapters adapters, string baseModel) => AdapterFolder.Save(folder, adapters, writer.Model, writer.Model.Config, baseModel, writer.Tokenizer);
}

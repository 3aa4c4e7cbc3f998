using LmoDp.Training.Data;

namespace LmoDp.Training.Runs;

/// <summary>A classification task and where its rows lie.</summary>
/// <param name="Task">Columns and labels.</param>
/// <param name="Folder">The data folder of a built-in task; null for the user's own files.</param>
/// <param name="TrainFile">The user's training file; null for a built-in task.</param>
/// <param name="EvaluationFile">The user's labelled file to evaluate on; null for a built-in task, or where there is none.</param>
public sealed record TaskFiles(ClassificationTask Task, string? Folder, string? TrainFile, string? EvaluationFile)
{
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

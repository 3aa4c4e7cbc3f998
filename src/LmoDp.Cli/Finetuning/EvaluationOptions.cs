using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Training.Data;

namespace LmoDp.Cli.Finetuning;

/// <summary>The options that say what a fine-tuned model is evaluated on.</summary>
internal sealed class EvaluationOptions
{
    private readonly Option<string?> task = TypedOption.Text("--task", TaskNames.Description, "task").Needed();
    private readonly Option<string?> data = TypedOption.Text("--data", "Folder of a built-in task's files, or your own .csv, .tsv or .jsonl file", "folder|file").Needed();
    private readonly ColumnOptions columns = new();

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (var option in new Option[] { task, data }.Concat(columns.All))
            verb.Options.Add(option);
    }

    /// <summary>Whether the task is to write texts. Checks what can be checked before the model is loaded.</summary>
    /// <exception cref="BadInputException">Unknown task, missing file, or columns for a task that has its own.</exception>
    public bool Writes(ParseResult input)
    {
        var name = TaskNames.Checked(input.GetRequiredValue(task)!);
        if (TaskNames.IsCustom(name))
        {
            _ = input.ExistingFile(data);
            return TaskNames.Writes(name);
        }
        _ = input.ExistingFolder(data);
        if (columns.All.FirstOrDefault(option => input.GetResult(option) is not null) is { } given)
            throw new BadInputException($"{given.Name} is for --task {TaskNames.Classification} and {TaskNames.Generation}: {name} has its own columns");
        return TaskNames.Writes(name);
    }

    /// <summary>The labelled sets to evaluate on, each with the suffix of its metrics' names.</summary>
    /// <param name="input">The command line.</param>
    /// <param name="labels">The model's labels, in the order of its outputs.</param>
    /// <exception cref="BadInputException">The model is for other labels than the task's, or a file is malformed.</exception>
    public IReadOnlyList<(string Suffix, TextDataset Data)> ReadLabelled(ParseResult input, IReadOnlyList<string> labels)
    {
        var path = input.GetRequiredValue(data)!;
        if (input.GetRequiredValue(task) == TaskNames.Classification)
            return [("", columns.Classification(input, labels, null).Read(path))];
        var builtin = ClassificationTask.Named(input.GetRequiredValue(task)!);
        if (!SameLabels(labels, builtin.Labels))
            throw new BadInputException($"the model's labels are {string.Join(", ", labels)}, but those of {builtin.Name} are {string.Join(", ", builtin.Labels)}: give a model that was fine-tuned for the task");
        return [.. builtin.ReadEvaluation(path).Select(set => (set.File.MetricSuffix, set.Data))];
    }

    /// <summary>The sets of pairs to evaluate on, each with the suffix of its metrics' names.</summary>
    /// <exception cref="BadInputException">A file is malformed.</exception>
    public IReadOnlyList<(string Suffix, GenerationDataset Data)> ReadPairs(ParseResult input)
    {
        var path = input.GetRequiredValue(data)!;
        return input.GetRequiredValue(task) == TaskNames.Generation
            ? [("", columns.Generation(input, null).Read(path))]
            : GenerationTask.Named(input.GetRequiredValue(task)!).ReadEvaluation(path);
    }

    /// <summary>Models of others may not name their labels (LABEL_0, ...): then the count decides.</summary>
    private static bool SameLabels(IReadOnlyList<string> model, IReadOnlyList<string> task)
        => model.SequenceEqual(task) || model.Count == task.Count && model.All(label => label.StartsWith("LABEL_", StringComparison.Ordinal));
}

using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Training.Data;
using LmoDp.Training.Runs;

namespace LmoDp.Cli.Finetuning;

/// <summary>The options that say what the task is and where its rows lie.</summary>
internal sealed class TaskOptions
{
    private const string Custom = "text-classification";
    private static readonly string[] Builtin = ["sst2", "qnli", "qqp", "mnli"];

    private readonly Option<string?> task = TypedOption.Text("--task", $"The task: {string.Join(", ", Builtin)}, or {Custom} for your own files", "task").Needed();
    private readonly Option<string?> data = TypedOption.Text("--data", "Folder of a built-in task's files (train.tsv, dev.tsv)", "folder");
    private readonly Option<string?> train = TypedOption.Text("--train", "Your training rows: a .csv, .tsv or .jsonl file", "file");
    private readonly Option<string?> evaluation = TypedOption.Text("--evaluation", "Your labelled rows to evaluate on; they are not protected", "file");
    private readonly Option<string?> text = TypedOption.Text("--text-column", "Column with the text [default: text]", "column");
    private readonly Option<string?> pair = TypedOption.Text("--text-pair-column", "Column with the second text, for tasks on pairs", "column");
    private readonly Option<string?> label = TypedOption.Text("--label-column", "Column with the label [default: label]", "column");
    private readonly Option<string?> labels = TypedOption.Text("--labels", "All labels, separated by commas: they are public, and never learned from the rows", "a,b,...");
    private readonly Option<string?> unit = TypedOption.Text("--unit-column", "Column that says whose row it is: all rows of one unit are protected together", "column");

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (var option in new Option[] { task, data, train, evaluation, text, pair, label, labels, unit })
            verb.Options.Add(option);
    }

    /// <summary>The task and its files, as the user describes them.</summary>
    /// <exception cref="BadInputException">The options contradict each other, or a file is missing.</exception>
    public TaskFiles Read(ParseResult input)
    {
        var name = input.GetRequiredValue(task)!;
        if (name == Custom)
            return ReadCustom(input);
        if (!Builtin.Contains(name))
            throw new BadInputException($"--task: '{name}' is not one of {string.Join(", ", Builtin)}, {Custom}{Suggestion.For(name, [.. Builtin, Custom])}");
        foreach (var option in new Option[] { train, evaluation, text, pair, label, labels, unit })
        {
            if (input.GetResult(option) is not null)
                throw new BadInputException($"{option.Name} is for --task {Custom}: {name} has its own files and columns, in the folder --data");
        }
        var folder = input.GetValue(data) ?? throw new BadInputException($"--data is missing: give the folder with the files of {name}, such as --data data/{name}");
        if (!Directory.Exists(folder))
            throw new BadInputException($"--data: there is no folder '{folder}'");
        return new TaskFiles(ClassificationTask.Named(name), folder, null, null);
    }

    private TaskFiles ReadCustom(ParseResult input)
    {
        if (input.GetResult(data) is not null)
            throw new BadInputException($"--data is for the built-in tasks: give your own rows as --train FILE");
        var trainFile = input.GetValue(train) ?? throw new BadInputException("--train is missing: give your training rows, such as --train notes.csv");
        var named = input.GetValue(labels) ?? throw new BadInputException("--labels is missing: give all labels, such as --labels negative,positive");
        var own = ClassificationTask.Custom(input.GetValue(text) ?? "text", input.GetValue(pair), input.GetValue(label) ?? "label", named.Split(','), input.GetValue(unit));
        return new TaskFiles(own, null, Existing("--train", trainFile), input.GetValue(evaluation) is { } file ? Existing("--evaluation", file) : null);
    }

    private static string Existing(string option, string file)
        => File.Exists(file) ? file : throw new BadInputException($"{option}: there is no file '{file}'");
}

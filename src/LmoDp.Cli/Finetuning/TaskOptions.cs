using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Models.Prompts;
using LmoDp.Training.Data;
using LmoDp.Training.Runs;

namespace LmoDp.Cli.Finetuning;

/// <summary>The options that say what the task is and where its rows lie.</summary>
/// <param name="needsTask">Whether the task must be given.</param>
internal sealed class TaskOptions(bool needsTask = true)
{
    private readonly Option<string?> task = needsTask
        ? TypedOption.Text("--task", TaskNames.Description, "task").Needed()
        : TypedOption.Text("--task", $"{TaskNames.Description} [default: reviews that a generator makes up]", "task");
    private readonly Option<string?> data = TypedOption.Text("--data", "Folder of a built-in task's files", "folder");
    private readonly Option<string?> train = TypedOption.Text("--train", "Your training rows: a .csv, .tsv or .jsonl file", "file");
    private readonly Option<string?> evaluation = TypedOption.Text("--evaluation", "Your own rows to evaluate on; they are not protected", "file");
    private readonly ColumnOptions columns = new();
    private readonly Option<string?> labels = TypedOption.Text("--labels", "All labels, separated by commas: they are public, and never learned from the rows", "a,b,...");
    private readonly Option<string?> prompt = TypedOption.Text("--prompt", "Classify by a masked language model's guess of a gap: a sentence with {text}, {mask} and, for pairs, {pair}, such as \"{text} It was {mask}.\"", "sentence");
    private readonly Option<string?> verbalisers = TypedOption.Text("--verbalisers", "The word for each label that would fill the gap of --prompt, in the order of the labels", "a,b,...");
    private readonly Option<string?> unit = TypedOption.Text("--unit-column", "Column that says whose row it is: all rows of one unit are protected together", "column");

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (var option in All)
            verb.Options.Add(option);
    }

    private IEnumerable<Option> All => new Option[] { task, data, train, evaluation }.Concat(columns.All).Concat([labels, prompt, verbalisers, unit]);

    /// <summary>The task and its files, as the user describes them.</summary>
    /// <param name="input">The command line.</param>
    /// <param name="otherwise">The task where none is given; null where one must be.</param>
    /// <exception cref="BadInputException">The options contradict each other, or a file is missing.</exception>
    public TaskFiles Read(ParseResult input, Func<TaskFiles>? otherwise = null)
    {
        if (otherwise is not null && input.GetResult(task) is null)
            return All.FirstOrDefault(option => input.GetResult(option) is not null) is { } given ? throw new BadInputException($"{given.Name} needs --task: give the task too, or leave it out") : otherwise();
        var name = TaskNames.Checked(input.GetRequiredValue(task)!);
        if (TaskNames.IsCustom(name))
            return ReadCustom(input, name);
        foreach (var option in new Option[] { train, evaluation, labels, unit }.Concat(columns.All))
        {
            if (input.GetResult(option) is not null)
                throw new BadInputException($"{option.Name} is for --task {TaskNames.Classification} and {TaskNames.Generation}: {name} has its own files and columns, in the folder --data");
        }
        var folder = input.ExistingFolder(data) ?? throw new BadInputException($"--data is missing: give the folder with the files of {name}, such as --data data/{name}");
        return TaskNames.Writes(name)
            ? new GenerationFiles(WithoutPrompt(input, GenerationTask.Named(name)), folder, null, null)
            : new ClassificationFiles(ClassificationTask.Named(name), folder, null, null, Prompt(input));
    }

    private TaskFiles ReadCustom(ParseResult input, string name)
    {
        if (input.GetResult(data) is not null)
            throw new BadInputException($"--data is for the built-in tasks: give your own rows as --train FILE");
        if (input.GetResult(train) is null)
            throw new BadInputException("--train is missing: give your training rows, such as --train notes.csv");
        var unitColumn = input.GetValue(unit);
        if (TaskNames.Writes(name))
        {
            if (input.GetResult(labels) is not null)
                throw new BadInputException($"--labels is for --task {TaskNames.Classification}");
            return new GenerationFiles(WithoutPrompt(input, columns.Generation(input, unitColumn)), null, input.ExistingFile(train), input.ExistingFile(evaluation));
        }
        var named = input.GetValue(labels) ?? throw new BadInputException("--labels is missing: give all labels, such as --labels negative,positive");
        return new ClassificationFiles(columns.Classification(input, named.Split(','), unitColumn), null, input.ExistingFile(train), input.ExistingFile(evaluation), Prompt(input));
    }

    private ClassificationPrompt? Prompt(ParseResult input) => (input.GetValue(prompt), input.GetValue(verbalisers)) switch
    {
        (null, null) => null,
        ({ } template, { } words) => new ClassificationPrompt(template, words.Split(',')),
        _ => throw new BadInputException("--prompt and --verbalisers belong together: give both, such as --prompt \"{text} It was {mask}.\" --verbalisers terrible,great"),
    };

    private GenerationTask WithoutPrompt(ParseResult input, GenerationTask task) => new Option[] { prompt, verbalisers }.FirstOrDefault(option => input.GetResult(option) is not null) is { } given
        ? throw new BadInputException($"{given.Name} is for tasks with labels")
        : task;
}

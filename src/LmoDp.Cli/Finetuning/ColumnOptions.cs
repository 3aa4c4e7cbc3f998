using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Training.Data;

namespace LmoDp.Cli.Finetuning;

/// <summary>The options that name the columns of the user's own files.</summary>
internal sealed class ColumnOptions
{
    private readonly Option<string?> text = TypedOption.Text("--text-column", "Column with the text [default: text]", "column");
    private readonly Option<string?> pair = TypedOption.Text("--text-pair-column", "Column with the second text, for tasks on pairs", "column");
    private readonly Option<string?> label = TypedOption.Text("--label-column", "Column with the label [default: label]", "column");
    private readonly Option<string?> source = TypedOption.Text("--source-column", "Column with the text that is given, for text-to-text [default: source]", "column");
    private readonly Option<string?> target = TypedOption.Text("--target-column", "Column with the text that is to be written, for text-to-text [default: target]", "column");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [text, pair, label, source, target];

    /// <summary>The user's classification task.</summary>
    /// <exception cref="BadInputException">A column is given that such a task does not have, or one in two roles.</exception>
    public ClassificationTask Classification(ParseResult input, IReadOnlyList<string> labels, string? unit)
    {
        Refuse(input, TaskNames.Generation, source, target);
        return ClassificationTask.Custom(input.GetValue(text) ?? "text", input.GetValue(pair), input.GetValue(label) ?? "label", labels, unit);
    }

    /// <summary>The user's generation task.</summary>
    /// <exception cref="BadInputException">A column is given that such a task does not have, or one in two roles.</exception>
    public GenerationTask Generation(ParseResult input, string? unit)
    {
        Refuse(input, TaskNames.Classification, text, pair, label);
        return GenerationTask.Custom(input.GetValue(source) ?? "source", input.GetValue(target) ?? "target", unit);
    }

    private static void Refuse(ParseResult input, string task, params Option[] others)
    {
        if (others.FirstOrDefault(option => input.GetResult(option) is not null) is { } given)
            throw new BadInputException($"{given.Name} is for --task {task}");
    }
}

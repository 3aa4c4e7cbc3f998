using System.CommandLine;
using LmoDp.Cli.Input;

namespace LmoDp.Cli.Finetuning;

/// <summary>The options that name the columns of the user's own files.</summary>
internal sealed class ColumnOptions
{
    private readonly Option<string?> text = TypedOption.Text("--text-column", "Column with the text [default: text]", "column");
    private readonly Option<string?> pair = TypedOption.Text("--text-pair-column", "Column with the second text, for tasks on pairs", "column");
    private readonly Option<string?> label = TypedOption.Text("--label-column", "Column with the label [default: label]", "column");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [text, pair, label];

    /// <summary>Column with the text.</summary>
    public string Text(ParseResult input) => input.GetValue(text) ?? "text";

    /// <summary>Column with the second text, or null.</summary>
    public string? Pair(ParseResult input) => input.GetValue(pair);

    /// <summary>Column with the label.</summary>
    public string Label(ParseResult input) => input.GetValue(label) ?? "label";
}

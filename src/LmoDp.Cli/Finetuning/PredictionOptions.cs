using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Training.Data;

namespace LmoDp.Cli.Finetuning;

/// <summary>The options that give texts to predict the labels of: one on the command line, or a file of them.</summary>
internal sealed class PredictionOptions
{
    private readonly Option<string?> text = TypedOption.Text("--text", "One text", "text");
    private readonly Option<string?> pair = TypedOption.Text("--text-pair", "The second text of a pair", "text");
    private readonly Option<string?> file = TypedOption.Text("--file", "Texts: a .txt file, one a line, or the text column of a .csv, .tsv or .jsonl file", "file");
    private readonly Option<string?> textColumn = TypedOption.Text("--text-column", "Column with the text [default: text]", "column");
    private readonly Option<string?> pairColumn = TypedOption.Text("--text-pair-column", "Column with the second text, for tasks on pairs", "column");

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        foreach (var option in new Option[] { text, pair, file, textColumn, pairColumn })
            verb.Options.Add(option);
    }

    /// <summary>The texts.</summary>
    /// <exception cref="BadInputException">None or two sources are given, or the file is missing or malformed.</exception>
    public TextDataset Read(ParseResult input)
    {
        if (input.GetResult(text) is null == input.GetResult(file) is null)
            throw new BadInputException("give one of --text and --file");
        if (input.GetValue(text) is { } given)
            return new TextDataset("--text", [new TextExample(given, input.GetValue(pair), TextExample.Unlabelled, null)]);
        if (input.GetResult(pair) is not null)
            throw new BadInputException("--text-pair goes with --text; in a file, name the column with --text-pair-column");
        var path = input.ExistingFile(file)!;
        return Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase) ? ReadLines(path) : ReadTable(input, path);
    }

    private static TextDataset ReadLines(string path)
    {
        var lines = TextLines.Read("--file", path);
        for (var i = 0; i < lines.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(lines[i]))
                throw new BadInputException($"{path}: line {i + 1} is empty: remove it or fill it in");
        }
        return lines.Count > 0
            ? new TextDataset(Path.GetFileName(path), [.. lines.Select(line => new TextExample(line.Trim(), null, TextExample.Unlabelled, null))])
            : throw new BadInputException($"{path}: there is no text in it");
    }

    private TextDataset ReadTable(ParseResult input, string path) => ClassificationTask.ReadTexts(path, input.GetValue(textColumn) ?? "text", input.GetValue(pairColumn));
}

using System.CommandLine;
using System.Globalization;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Models.Tokenizers;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp tokenize</c>: text to token ids.</summary>
internal sealed class TokenizeVerb : Verb
{
    private readonly Option<string?> model = TypedOption.Text("--model", "Folder of a model, or of a tokenizer's files only", "folder").Needed();
    private readonly Option<string?> file = TypedOption.Text("--file", "UTF-8 text, one text a line", "file").Needed();

    public TokenizeVerb() : base("tokenize", "Turns text into a model's token ids, without special tokens around it.",
        "lmodp tokenize --model models/roberta-base --file reviews.txt")
    {
        Options.Add(model);
        Options.Add(file);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var lines = TextLines.Read("--file", input.GetRequiredValue(file)!);
        var tokenizer = TextTokenizer.Load(input.ExistingFolder(model)!);
        return new TokenizeResult([.. lines.Select(line =>
        {
            cancellation.ThrowIfCancellationRequested();
            return tokenizer.Encode(line);
        })]);
    }
}

/// <summary>The ids of each line.</summary>
internal sealed record TokenizeResult(IReadOnlyList<IReadOnlyList<int>> Ids) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        foreach (var line in Ids)
            console.Profile.Out.Writer.WriteLine(string.Join(' ', line.Select(id => id.ToString(CultureInfo.InvariantCulture))));
    }
}

using System.CommandLine;
using LmoDp.Cli.Finetuning;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Models;
using LmoDp.Training.Data;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp generate</c>: texts that a language model writes.</summary>
internal sealed class GenerateVerb : Verb
{
    private readonly FineTunedModelOptions model = new(embedded: EmbeddedModel.WriterFolder);
    private readonly Option<string?> prompt = TypedOption.Text("--prompt", "The beginning of a text, to go on with", "text");
    private readonly Option<string?> source = TypedOption.Text("--source", "A source, for a model that was fine-tuned to write targets", "text");
    private readonly Option<string?> file = TypedOption.Text("--file", "Sources: a .txt file, one a line, or a file of the --task", "file");
    private readonly Option<string?> task = TypedOption.Text("--task", "What --file holds: e2e, dart, or text-to-text for a .csv, .tsv or .jsonl file of your own", "task");
    private readonly Option<string?> sourceColumn = TypedOption.Text("--source-column", "Column with the source, for text-to-text [default: source]", "column");
    private readonly Option<string?> output = TypedOption.Text("--output", "File for the texts, one a line; FILE.part until all are written [default: standard output]", "file");
    private readonly DecodingOptions decoding = new();

    public GenerateVerb() : base("generate", "Lets a language model write: go on with a text, or targets for sources.",
        "lmodp generate --prompt \"The film was\" --top-p 0.9",
        "lmodp generate --model runs/e2e --source \"name : Blue Spice | Type : coffee shop | area : city centre\"",
        "lmodp generate --model runs/e2e --task e2e --file data/e2e/test.csv --output texts.txt")
    {
        model.AddTo(this, verb =>
        {
            foreach (var option in new Option[] { prompt, source, file, task, sourceColumn })
                verb.Options.Add(option);
        });
        Options.Add(output);
        decoding.AddTo(this);
    }

    /// <remarks>Between two batches: a process that ends while native code computes crashes.</remarks>
    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        if (new Option[] { prompt, source, file }.Count(option => input.GetResult(option) is not null) != 1)
            throw new BadInputException("give one of --prompt, --source and --file");
        if (input.GetResult(file) is null && new Option[] { task, sourceColumn }.FirstOrDefault(option => input.GetResult(option) is not null) is { } stray)
            throw new BadInputException($"{stray.Name} says what --file holds: leave it out");
        model.Check(input);
        if (input.GetValue(output) is { } wanted)
            OutputFile.Check("--output", wanted);
        var sources = input.GetResult(file) is null ? [new ReferenceGroup((input.GetValue(prompt) ?? input.GetValue(source))!, [])] : Sources(input);
        var (writer, maxTokens) = model.LoadWriter(input);
        using var loaded = writer;
        var writing = decoding.Read(input, writer, maxTokens);
        using var kept = input.GetValue(output) is { } path ? new GrowingFile("--output", path) : null; // what an earlier call left goes when all else is right
        using var progress = new WritingProgress(terminal.Error);
        var texts = input.GetValue(prompt) is { } beginning
            ? [writing.GoOn(beginning, cancellation)]
            : writing.Targets([.. sources.Select(group => group.Source)], progress, cancellation);

        // Each text is shown or kept as soon as it is there.
        var written = new List<GeneratedText>();
        foreach (var (group, text) in sources.Zip(texts))
        {
            written.Add(new GeneratedText(group.Source, text, group.References));
            kept?.Add(GenerateResult.Line(text));
            if (kept is null && !WantsJson(input))
                Show(text, terminal.Output, progress);
        }
        kept?.Complete();
        return new GenerateResult(written, input.GetValue(output));
    }

    private static void Show(string text, TextStream output, WritingProgress progress)
    {
        if (output.IsScreen)
            progress.Dispose(); // ends its line; it goes on below the texts
        output.Writer.WriteLine(GenerateResult.Line(text));
        output.Writer.Flush();
    }

    private IReadOnlyList<ReferenceGroup> Sources(ParseResult input)
    {
        var path = input.ExistingFile(file)!;
        var name = input.GetValue(task);
        if (input.GetResult(sourceColumn) is not null && name != TaskNames.Generation)
            throw new BadInputException($"--source-column is for --task {TaskNames.Generation}");
        if (name == TaskNames.Generation)
            return [.. GenerationTask.ReadSources(path, input.GetValue(sourceColumn) ?? "source").Select(given => new ReferenceGroup(given, []))];
        if (name is not null)
            return GenerationTask.Named(name).Read(path).ReferenceGroups;
        if (!Path.GetExtension(path).Equals(".txt", StringComparison.OrdinalIgnoreCase))
            throw new BadInputException($"--task is missing: say what '{path}' holds, such as --task {TaskNames.Generation}");
        var lines = TextLines.Read("--file", path);
        if (lines.Count == 0 || lines.Any(string.IsNullOrWhiteSpace))
            throw new BadInputException($"{path}: {(lines.Count == 0 ? "there is no text in it" : $"line {lines.ToList().FindIndex(string.IsNullOrWhiteSpace) + 1} is empty: remove it or fill it in")}");
        return [.. lines.Select(line => new ReferenceGroup(line.Trim(), []))];
    }
}

/// <summary>A text that a model wrote.</summary>
/// <param name="Source">What it was given.</param>
/// <param name="Text">What it wrote.</param>
/// <param name="References">What people wrote for the same source, where that is known.</param>
internal sealed record GeneratedText(string Source, string Text, IReadOnlyList<string> References);

/// <summary>The texts, in the order of the sources. For a person they are shown while they are written.</summary>
internal sealed record GenerateResult(IReadOnlyList<GeneratedText> Texts, string? Output) : VerbResult
{
    /// <summary>A text as one line.</summary>
    public static string Line(string text) => text.ReplaceLineEndings(" ");

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        if (Output is not null)
            console.Facts(("texts", $"{Texts.Count} in {Output}"));
    }
}

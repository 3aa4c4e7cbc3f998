using System.CommandLine;
using System.Globalization;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Training.Metrics;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp metrics</c>: generated texts against references.</summary>
internal sealed class MetricsVerb : Verb
{
    private readonly Option<string?> references = TypedOption.Text("--references", "References, one a line; an empty line between those of one output and the next", "file").Needed();
    private readonly Option<string?> outputs = TypedOption.Text("--outputs", "Generated texts, one a line", "file").Needed();

    public MetricsVerb() : base("metrics", "Compares generated texts with references: BLEU, NIST, ROUGE-L, CIDEr, and the exact and stem stages of METEOR.",
        "lmodp metrics --references test-references.txt --outputs generated.txt --json")
    {
        Options.Add(references);
        Options.Add(outputs);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var texts = JudgedFiles.Read(input.ExistingFile(references)!, input.ExistingFile(outputs)!);
        var found = GenerationMetrics.Of(texts);
        return new MetricsResult(found.Bleu, found.Nist, found.RougeL, found.Cider, found.MeteorExactStem, texts.Count);
    }
}

/// <summary>The metrics (<see cref="GenerationMetrics"/>) and the number of outputs.</summary>
internal sealed record MetricsResult(double Bleu, double Nist, double RougeL, double Cider, double MeteorExactStem, int Outputs) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Facts(("BLEU", Figure(Bleu)), ("NIST", Figure(Nist)), ("ROUGE-L", Figure(RougeL)), ("CIDEr", Figure(Cider)), ("meteorExactStem", Figure(MeteorExactStem)),
            ("outputs", Outputs.ToString(CultureInfo.InvariantCulture)));
        console.Note("meteorExactStem is not METEOR: it lacks the stages for synonyms and paraphrases");
    }

    private static string Figure(double value) => value.ToString("F4", CultureInfo.InvariantCulture);
}

using System.CommandLine;
using System.Text.Json.Serialization;
using LmoDp.Cli.Finetuning;
using LmoDp.Cli.Output;
using LmoDp.Training.Clipping;
using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp finetune</c>: a language model, private text, a guarantee.</summary>
internal sealed class FinetuneVerb : Verb
{
    private readonly FinetuneOptions options = new();

    public FinetuneVerb() : base("finetune", "Fine-tunes a language model on private text under (epsilon, delta)-differential privacy.",
        "lmodp finetune --task sst2 --data data/sst2 --epsilon 0.3 --delta 1e-10 --output runs/sst2",
        "lmodp finetune --task text-classification --train notes.csv --text-column note --label-column urgent --labels no,yes --epsilon 1 --delta 1e-8 --output runs/notes",
        "lmodp finetune --task e2e --data data/e2e --epsilon 3 --delta 8e-6 --output runs/e2e",
        "lmodp finetune --task sst2 --data data/sst2 --epsilon 3 --delta 1e-5 --method zeroth-order --noise free --trainable bias --steps 2000 --output runs/sst2-zeroth")
    {
        options.AddTo(this);
    }

    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var settings = options.Read(input);
        using var progress = new TrainingProgress(terminal.Error);
        using var writing = new WritingProgress(terminal.Error, before: progress);
        var diagnostics = settings.UnsafeDiagnostics ? new BatchDiagnostics(terminal.Error, settings.ClippingNorm, settings.Method == TrainingMethod.ZerothOrder ? "absolute derivative" : "gradient norm") : null;
        var run = new FinetuneRun(settings, RunKeyStore.ForUser, progress, diagnostics is null ? null : diagnostics.Show, line => terminal.Error.Writer.WriteLine(line), writing);
        return FinetuneVerbResult.Of(run.Execute(cancellation), settings.Output);
    }
}

/// <summary>Prints what is computed from private examples, for those who asked for it.</summary>
internal sealed class BatchDiagnostics(TextStream stream, double clippingNorm, string size)
{
    public void Show(ClippedBatch batch)
    {
        var clipped = batch.Norms.Count(norm => norm > clippingNorm);
        stream.Writer.WriteLine($"UNSAFE: {batch.Norms.Count} examples, loss {Figures.Short(batch.Losses.Average())}, {size} {Figures.Short(batch.Norms.Average())}, beyond the clipping norm {clipped}");
    }
}

/// <summary>What a run has come to. Epsilon and its bounds are null for a run without privacy, the lower bound also where the accountant proves none.</summary>
internal sealed record FinetuneVerbResult(
    IReadOnlyDictionary<string, double> Metrics, bool Private, double? Epsilon, double? EpsilonLower, double? Delta, string? Noise, double SamplingRate, int Steps,
    double? ClippingNorm, int? ReleasesPerDraw, long TrainedParameters, double ExamplesPerSecond, double Seconds, string Output) : VerbResult
{
    /// <summary>The result in the command line's terms.</summary>
    public static FinetuneVerbResult Of(FinetuneResult result, string output)
    {
        var (record, statement) = (result.Record, result.Record.Privacy);
        return new FinetuneVerbResult(record.Metrics, statement?.IsPrivate ?? false, statement?.Epsilon, statement?.EpsilonLower, statement?.Delta, statement?.Noise,
            result.SamplingRate, record.Steps, statement?.ClippingNorm, statement?.ReleasesPerDraw, result.TrainedParameters, record.ExpectedExamplesPerSecond, record.Seconds, output)
        { NoiseDescription = result.Plan?.Release.Noise.Description };
    }

    /// <summary>What a person is told that the noise is.</summary>
    [JsonIgnore]
    public string? NoiseDescription { get; init; }

    /// <summary>The guarantee in words.</summary>
    public string Guarantee() => Epsilon is { } epsilon
        ? $"at most {Figures.Upper(epsilon)}{(EpsilonLower is { } least ? $" (and at least {Figures.Lower(least)})" : "")} at delta {Figures.Upper(Delta!.Value)}"
        : "none: trained without privacy";

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Facts([
            .. Metrics.Select(metric => (metric.Key, (string?)Figures.Metric(metric.Key, metric.Value))),
            ("epsilon", Guarantee()),
            ("noise", Noise is null ? null : $"{NoiseDescription}, times the clipping norm {Figures.Short(ClippingNorm!.Value)}"),
            ("sampling", $"rate {Figures.Short(SamplingRate)}, {Steps} steps"),
            ("trained", $"{TrainedParameters.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)} parameters in {Figures.Duration(TimeSpan.FromSeconds(Seconds))}"),
            ("model and record", Output),
        ]);
        if (Epsilon is not null && !Private)
            console.Note("NOT PRIVATE: the run was seeded. Whoever knows the seed can subtract the noise.");
    }
}

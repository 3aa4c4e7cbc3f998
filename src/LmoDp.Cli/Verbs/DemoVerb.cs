using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Cli.Plots;
using LmoDp.Models.Adapters;
using LmoDp.Training.Data;
using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp demo</c>: the whole journey, offline, in a few minutes, on made-up private reviews.</summary>
internal sealed class DemoVerb : Verb
{
    private const double Epsilon = 0.3, Delta = 1e-10;
    private const int TrainRows = 60_000, TestRows = 2_000;

    private readonly Option<string?> output = TypedOption.Text("--output", "Folder for data, models and records; it must not exist, or be empty [default: lmodp-demo]", "folder");

    public DemoVerb() : base("demo", "Fine-tunes the head of the embedded model on made-up private reviews, with and without privacy, and compares the two.", "lmodp demo")
    {
        Options.Add(output);
    }

    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var folder = Path.GetFullPath(input.GetValue(output) ?? "lmodp-demo");
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
            throw new BadInputException($"'{folder}' exists and is not empty: name another folder with --output, or remove it");
        var data = Path.Combine(folder, "data");
        OutputFolder.Made("--output", data);
        PrivateReviews.Write(data, trainRows: TrainRows, testRows: TestRows);
        Say($"Wrote {TrainRows} training and {TestRows} test reviews to {data}. They are made up by a generator and stand in for your private text.");

        var privateSettings = Settings(folder, data, "private");
        var plan = FinetuneRun.Plan(privateSettings, TrainRows);
        Say(FormattableString.Invariant($"Plan: {plan.Steps} steps, each on {(plan.SamplingRate == 1 ? "all rows" : $"a random {plan.SamplingRate:P0} of the rows")}; gradients clipped to {plan.ClippingNorm}; noise {plan.Release.Noise.Description} times that."));
        Say($"It proves epsilon <= {Figures.Upper(plan.Epsilon.Upper)} (and at least {Figures.Lower(plan.Epsilon.Lower)}, for a contribution of the full sensitivity in every draw, seen step by step) at delta {Figures.Short(plan.Delta)}.");
        Say("Training with privacy:");
        var guarded = Train(privateSettings, terminal, cancellation);
        Say("Training without privacy, to compare:");
        var open = Train(Settings(folder, data, "non-private") with { Method = TrainingMethod.NonPrivate, Target = null, Sampling = new SamplingChoice(2048, null), Steps = 300, LearningRate = 2e-3 }, terminal, cancellation);

        var plot = Path.Combine(folder, "accuracy.png");
        var bars = new[] { ("guessing", 0.5), ("private", guarded.Metrics["accuracy"]), ("non-private", open.Metrics["accuracy"]) };
        AccuracyPlot.Save(plot, FormattableString.Invariant($"Made-up reviews, (epsilon, delta) = ({Epsilon}, {Delta})"), bars);
        return new DemoResult(guarded, open, plot);

        void Say(string line) => terminal.Error.Writer.WriteLine(line);
    }

    private static FinetuneVerbResult Train(FinetuneSettings settings, Terminal terminal, CancellationToken cancellation)
    {
        using var progress = new TrainingProgress(terminal.Error);
        try
        {
            return FinetuneVerbResult.Of(new FinetuneRun(settings, RunKeyStore.ForUser, progress, howToGoOn: "remove the folder and begin again").Execute(cancellation), settings.Output);
        }
        catch (RunInterruptedException) when (settings.Target is not null)
        {
            // Nobody goes on with a demonstration, so nobody needs its key.
            RunKeyStore.ForUser.Erase(LedgerHistory.Read(RunFolder.InnerOf(settings.Output)).Header.Run);
            throw;
        }
    }

    private static FinetuneSettings Settings(string folder, string data, string name) => new()
    {
        Model = null,
        Files = new ClassificationFiles(PrivateReviews.Task, null, Path.Combine(data, "train.csv"), Path.Combine(data, "test.csv")),
        Method = TrainingMethod.DpSgd,
        Target = new PrivacyTarget(Epsilon, Delta, "gaussian"),
        Sampling = new SamplingChoice(TrainRows, null),
        Steps = 50,
        LearningRate = 4,
        WarmUpShare = 0.1,
        WeightDecay = 0,
        ClippingNorm = 1,
        Clipping = ClippingKind.Flat,
        Trainable = TrainableSet.Head,
        LoraRank = 8,
        LoraAlpha = 16,
        MaxTokens = 64,
        MaxExamples = null,
        Seed = null,
        Output = Path.Combine(folder, name),
        Resume = false,
        UnsafeDiagnostics = false,
    };
}

/// <summary>The two runs of the demonstration.</summary>
internal sealed record DemoResult(FinetuneVerbResult Private, FinetuneVerbResult NonPrivate, string Plot) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.WriteLine();
        console.Facts(
            ("accuracy, private", Figures.Percent(Private.Metrics["accuracy"])),
            ("accuracy, non-private", Figures.Percent(NonPrivate.Metrics["accuracy"])),
            ("epsilon", Private.Guarantee()),
            ("noise", $"{Private.Noise}, times the clipping norm"),
            ("private model", Private.Output),
            ("its record", Path.Combine(Private.Output, "run.md")),
            ("plot", Plot));
    }
}

using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Serialization;
using LmoDp.Cli.Finetuning;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Auditing;
using LmoDp.Training.Data;
using LmoDp.Training.Runs;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp audit training</c>: what an adversary proves from one training run, beside what the accountant proves.</summary>
internal sealed class AuditTrainingVerb : Verb
{
    private const int ReviewRows = 1000;

    private readonly TrainingOptions training = new(new TrainingDefaults(Batch: 500, Steps: 10, Epsilon: 4, Delta: 1e-5, NeedsTask: false));
    private readonly Option<CanaryKind?> canary = TypedOption.Choice("--canary", "gradient: each moves one trained number, and every released gradient is seen; text: random words, judged by the finished model's losses [default: gradient]",
        ("gradient", CanaryKind.Gradient), ("text", CanaryKind.Text));
    private readonly Option<long?> canaries = TypedOption.Whole("--canaries", "Canaries, each among the rows with probability 1/2 [default: 1000]", 10, most: 1 << 17);
    private readonly Option<double?> confidence = TypedOption.Real("--confidence", "Probability that the audit's bound is right [default: 0.95]", new NumberRange(0.5, 1, true, false));
    private readonly Option<long?> seed = TypedOption.Whole("--seed", "Reproducible audit [default: fresh randomness of the operating system]", 0);

    public AuditTrainingVerb() : base("training", "Makes a training run with canaries among its rows and guesses which they were: a proven lower bound on epsilon, beside the accountant's upper bound. The model is thrown away.",
        "lmodp audit training",
        "lmodp audit training --epsilon 8 --sampling-rate 1 --steps 1 --canaries 2000",
        "lmodp audit training --task sst2 --data data/sst2 --max-examples 4000 --epsilon 3 --delta 1e-5 --trainable full --canary text --canaries 200 --json")
    {
        foreach (var option in new Option[] { canary, canaries, confidence })
            Options.Add(option);
        training.AddTo(this);
        Options.Add(seed);
    }

    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var folder = Directory.CreateTempSubdirectory("lmodp-audit");
        try
        {
            var settings = training.Read(input, Path.Combine(folder.FullName, "run"), () => Reviews(folder.FullName)) with { Seed = input.GetValue(seed) };
            var kind = input.GetValue(canary) ?? CanaryKind.Gradient;
            using var progress = new TrainingProgress(terminal.Error);
            var audit = new TrainingAudit(settings, kind, (int)(input.GetValue(canaries) ?? 1000), input.GetValue(confidence) ?? 0.95, progress);
            var found = audit.Execute(cancellation);
            return new AuditTrainingResult(found.EpsilonLower, found.Plan.Epsilon.Upper, found.Plan.Delta, found.Confidence, found.Refuted, found.ProfileHolds, kind, found.Canaries, found.Guesses, found.Correct,
                found.Plan.Accountant, found.Plan.Release.Noise.ToString(), found.Plan.SamplingRate, (int)found.Plan.Steps, clock.Elapsed.TotalSeconds)
            { NoiseDescription = found.Plan.Release.Noise.Description };
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static ClassificationFiles Reviews(string folder)
    {
        PrivateReviews.Write(folder, trainRows: ReviewRows, testRows: 0);
        return new ClassificationFiles(PrivateReviews.Task, null, Path.Combine(folder, "train.csv"), null);
    }
}

/// <summary>Both bounds.</summary>
/// <param name="EpsilonLower">What the audit proves, with the stated confidence: epsilon is at least this.</param>
/// <param name="EpsilonUpper">What the accountant proves.</param>
/// <param name="Delta">The delta of both.</param>
/// <param name="Confidence">Of the lower bound.</param>
/// <param name="Refuted">Whether the audit contradicts the accountant.</param>
/// <param name="ProfileHolds">False where so many right guesses contradict the accountant's whole profile, at all epsilons together.</param>
/// <param name="Canary">What was inserted and seen.</param>
/// <param name="Canaries">How many canaries, each included with probability 1/2.</param>
/// <param name="Guesses">How many guesses, fixed before the run.</param>
/// <param name="Correct">How many of them were right.</param>
/// <param name="Accountant">Which accountant.</param>
/// <param name="Noise">The noise law, relative to the clipping norm.</param>
/// <param name="SamplingRate">Of each unit, canary or not.</param>
/// <param name="Steps">Training steps.</param>
/// <param name="Seconds">Time taken.</param>
internal sealed record AuditTrainingResult(double EpsilonLower, double EpsilonUpper, double Delta, double Confidence, bool Refuted, bool ProfileHolds, CanaryKind Canary, int Canaries, int Guesses, int Correct,
    AccountantKind Accountant, string Noise, double SamplingRate, int Steps, double Seconds) : VerbResult
{
    /// <summary>What a person is told that the noise is.</summary>
    [JsonIgnore]
    public string? NoiseDescription { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override int ExitCode => Refuted ? 1 : 0;

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Facts(
            ("audit", $"epsilon is at least {Figures.Lower(EpsilonLower)} at delta {Figures.Short(Delta)}, with confidence {Figures.Lower(Confidence)}"),
            ("accountant", $"epsilon is at most {Figures.Upper(EpsilonUpper)} ({Accountant.Name()})"),
            ("guesses", FormattableString.Invariant($"{Correct} of {Guesses} right, about {Canaries} canaries ({(Canary == CanaryKind.Gradient ? "gradients: white box" : "texts: black box")})")),
            ("run", $"rate {Figures.Short(SamplingRate)}, {Steps} steps, noise {NoiseDescription} times the clipping norm, {Figures.Duration(TimeSpan.FromSeconds(Seconds))}"),
            ("verdict", Verdict));
        if (!Refuted)
            console.Note("A small bound proves nothing: it may only mean that this attack was weak.");
    }

    private string Verdict => (Refuted, ProfileHolds) switch
    {
        (false, _) => "nothing found: the audit is within the account",
        (_, false) => "REFUTED: more guesses were right than the account, at all epsilons together, allows: noise, sampling, clipping or accountant is wrong",
        _ => "REFUTED: the run gives away more than the accountant allows: noise, sampling, clipping or accountant is wrong",
    };
}

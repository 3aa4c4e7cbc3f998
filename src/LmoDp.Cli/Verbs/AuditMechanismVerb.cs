using System.CommandLine;
using System.Text.Json.Serialization;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Auditing;
using LmoDp.Privacy.Sampling;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp audit mechanism</c>: what an adversary proves from many runs, beside what the accountant proves.</summary>
internal sealed class AuditMechanismVerb : Verb
{
    private const int MostDraws = 1 << 24;
    private readonly CompositionOptions composition = new();
    private readonly Option<double?> delta = TypedOption.Real("--delta", "The delta of both bounds; an audit of N runs sees nothing far below 1/N [default: 1e-3]", NumberRange.OpenUnit);
    private readonly Option<long?> dimensions = TypedOption.Whole("--dimensions", "Coordinates of a vector release, over which the example is spread evenly [default: 1]", 1, most: 1 << 20);
    private readonly Option<long?> runs = TypedOption.Whole("--runs", "Runs with the example, and as many without [default: 1000000]", 2, most: 1 << 26);
    private readonly Option<double?> confidence = TypedOption.Real("--confidence", "Probability that the audit's bound is right [default: 0.999]", NumberRange.OpenUnit);
    private readonly Option<long?> seed = TypedOption.Whole("--seed", "Reproducible draws [default: fresh ones of the operating system]", 0);

    public AuditMechanismVerb() : base("mechanism", "Runs the real samplers on two neighbouring inputs many times: a proven lower bound on epsilon, beside the accountant's upper bound.",
        "lmodp audit mechanism --noise laplace:scale=1 --release scalar --sampling-rate 1 --steps 1 --delta 1e-6",
        "lmodp audit mechanism --noise gaussian:std=1 --dimensions 10 --sampling-rate 0.3 --steps 4 --delta 1e-3 --json")
    {
        composition.AddTo(this);
        foreach (var option in new Option[] { delta, dimensions, runs, confidence, seed })
            Options.Add(option);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var audited = composition.Read(input);
        var (at, made, sure) = (input.GetValue(delta) ?? 1e-3, (int)(input.GetValue(runs) ?? 1_000_000), input.GetValue(confidence) ?? 0.999);
        var width = (int)(input.GetValue(dimensions) ?? 1);
        if (audited.Groups.Any(group => (double)group.Steps * group.PerDraw * width > MostDraws))
            throw new BadInputException(FormattableString.Invariant($"one run would draw more than {MostDraws} numbers: give fewer --steps, --per-draw or --dimensions"));
        _ = new SampledReleases(audited, width); // its faults before the long work
        var accountant = Accountants.ForComposition(audited);
        var account = Accountants.Epsilon(accountant, audited, at);
        using var progress = new RunsProgress(terminal.Error, 2L * made);
        Func<int, RandomSource> streams = input.GetValue(seed) is { } given
            ? stream => AesCtrRandomSource.FromSeed(given, FormattableString.Invariant($"audit {stream}"))
            : _ => AesCtrRandomSource.FromOperatingSystem();
        var counts = MechanismAudit.Run(() => new SampledReleases(audited, width), made, at, sure, streams, progress.Report, cancellation);
        return new AuditMechanismResult(counts.EpsilonLower(at, 1 - sure), account.Upper, at, sure, made, accountant, counts);
    }

    private sealed class RunsProgress(TextStream stream, long all) : ProgressLine<long>(stream, null)
    {
        protected override string Text(long value) => FormattableString.Invariant($"{value} of {all} runs");

        protected override double Share(long value) => (double)value / all;
    }
}

/// <summary>Both bounds.</summary>
/// <param name="EpsilonLower">What the audit proves, with the stated confidence: epsilon is at least this.</param>
/// <param name="EpsilonUpper">What the accountant proves.</param>
/// <param name="Delta">The delta of both.</param>
/// <param name="Confidence">Of the lower bound.</param>
/// <param name="Runs">Runs on each of the two inputs; half of them chose the event.</param>
/// <param name="Accountant">Which accountant.</param>
/// <param name="Counts">The event that tells the inputs apart, and how often it happened in the other half.</param>
internal sealed record AuditMechanismResult(
    double EpsilonLower, double EpsilonUpper, double Delta, double Confidence, int Runs, AccountantKind Accountant, EventCounts Counts) : VerbResult
{
    /// <summary>Whether the audit contradicts the accountant.</summary>
    public bool Refuted => EpsilonLower > EpsilonUpper;

    /// <inheritdoc/>
    [JsonIgnore]
    public override int ExitCode => Refuted ? 1 : 0;

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Facts(
            ("audit", $"epsilon is at least {Figures.Lower(EpsilonLower)} at delta {Figures.Short(Delta)}, with confidence {Figures.Lower(Confidence)}"),
            ("accountant", $"epsilon is at most {Figures.Upper(EpsilonUpper)} ({Accountant.Name()})"),
            ("event", FormattableString.Invariant($"log likelihood ratio {(Counts.Event.Above ? "above" : "below")} {Counts.Event.Threshold:G6}: {Counts.With} of {Counts.TrialsWith} runs with the example, {Counts.Without} of {Counts.TrialsWithout} without")),
            ("verdict", Refuted ? "REFUTED: the mechanism gives away more than the accountant allows" : "nothing found: the audit is within the account"));
    }
}

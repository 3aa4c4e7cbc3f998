using System.CommandLine;
using System.Text.Json.Serialization;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Record;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp check</c>: a run's guarantee, recomputed from its ledger.</summary>
internal sealed class CheckVerb : Verb
{
    private readonly Argument<string> run = new("RUN") { Description = "Output folder of a private run, also of one that has not ended" };
    private readonly Option<double?> delta = TypedOption.Real("--delta", "The delta to account at [default: the stated one, at which both are compared in any case]", NumberRange.OpenUnit);

    public CheckVerb() : base("check", "Recomputes a run's epsilon from its privacy ledger and compares it with what the run states.",
        "lmodp check runs/sst2",
        "lmodp check runs/sst2 --delta 1e-6 --json")
    {
        Arguments.Add(run);
        Options.Add(delta);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var found = RunCheck.Of(input.GetRequiredValue(run), input.GetValue(delta));
        return new CheckResult(found.Ok, found.Epsilon.Upper, found.Accountant == AccountantKind.Pld ? found.Epsilon.Lower : null, found.Delta, found.Accountant, found.Stated?.Epsilon, found.Stated?.Delta, found.IsPrivate, found.Releases, found.Planned, found.Disagreements);
    }
}

/// <summary>What a ledger proves, beside what its run states.</summary>
/// <param name="Ok">Whether they agree.</param>
/// <param name="Epsilon">Upper bound, from the ledger.</param>
/// <param name="EpsilonLower">Lower bound, from the ledger; null where the accountant proves none.</param>
/// <param name="Delta">The delta of both.</param>
/// <param name="Accountant">Which accountant.</param>
/// <param name="StatedEpsilon">What the run states at its own delta; null where it has not ended.</param>
/// <param name="StatedDelta">The delta of that.</param>
/// <param name="IsPrivate">Whether the run's randomness was secret.</param>
/// <param name="Releases">Releases that the ledger charges.</param>
/// <param name="Planned">Releases that were planned.</param>
/// <param name="Disagreements">Where record and ledger disagree.</param>
internal sealed record CheckResult(bool Ok, double Epsilon, double? EpsilonLower, double Delta, AccountantKind Accountant, double? StatedEpsilon, double? StatedDelta, bool IsPrivate, long Releases, long Planned,
    IReadOnlyList<string> Disagreements) : VerbResult
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override int ExitCode => Ok ? 0 : 1;

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Facts(
            ("ledger", FormattableString.Invariant($"{Releases} releases charged, {Planned} planned")),
            ("epsilon", $"at most {Figures.Upper(Epsilon)}{(EpsilonLower is { } lower ? $" (and at least {Figures.Lower(lower)})" : "")} at delta {Figures.Short(Delta)}"),
            ("stated", StatedEpsilon is { } stated ? $"at most {Figures.Upper(stated)} at delta {Figures.Short(StatedDelta!.Value)}" : "nothing yet: the run has not ended"),
            ("randomness", IsPrivate ? "secret" : "not private: seeded"));
        foreach (var line in Disagreements)
            console.WriteLine($"NOT ok: {line}");
        if (Ok)
            console.WriteLine(StatedEpsilon is null ? "ok: the ledger is whole" : "ok: record and ledger agree");
        if (!IsPrivate)
            console.WriteLine("NOT PRIVATE: the run was seeded. Whoever knows the seed can subtract the noise.");
    }
}

using System.CommandLine;
using System.Text.Json.Serialization;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Training.Runs;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp replay</c>: the weights of a zeroth-order run from its ledger.</summary>
internal sealed class ReplayVerb : Verb
{
    private readonly Option<string?> run = TypedOption.Text("--run", "Output folder of a zeroth-order run, or a folder that holds its ledger.jsonl", "folder").Needed();
    private readonly Option<string?> model = TypedOption.Text("--model", "Folder of the model that the run began with [default: the embedded one]", "folder");
    private readonly Option<string?> output = TypedOption.Text("--output", "Folder for the model; it must not exist", "folder").Needed();

    public ReplayVerb() : base("replay", "Makes the weights of a zeroth-order run again, bit by bit, from its ledger and the model that it began with.",
        "lmodp replay --run runs/sst2-zeroth --output replayed")
    {
        foreach (var option in new Option[] { run, model, output })
            Options.Add(option);
    }

    public override bool StopsByItself => true;

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var target = input.GetRequiredValue(output)!;
        var replayed = ReplayedRun.Make(input.ExistingFolder(run)!, input.ExistingFolder(model), target, cancellation);
        return new ReplayResult(replayed.Run, replayed.Steps, replayed.Planned, replayed.Identical, target);
    }
}

/// <summary>What was replayed; whether the weights are those beside the ledger is null where there are none.</summary>
internal sealed record ReplayResult(string Run, int Steps, int Planned, bool? Identical, string Output) : VerbResult
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override int ExitCode => Identical == false ? 1 : 0;

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console) => console.Facts(
        ("run", Run),
        ("steps", FormattableString.Invariant($"{Steps}") + (Steps == Planned ? "" : FormattableString.Invariant($", NOT the {Planned} that were planned: the run was interrupted or ended early, or its ledger was cut"))),
        ("weights", Identical switch { true => "identical to the run's, bit by bit", false => "NOT those that lie beside the ledger", null => "the run's own are not there to compare with" }),
        ("model", Output));
}

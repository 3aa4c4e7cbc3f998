using System.CommandLine;
using System.Diagnostics;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Cli.Plots;
using LmoDp.Privacy.Accounting;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp account</c>: what a run costs.</summary>
internal sealed class AccountVerb : Verb
{
    private readonly CompositionOptions composition = new();
    private readonly Option<double?> delta = TypedOption.Real("--delta", "The delta to give epsilon for", NumberRange.OpenUnit);
    private readonly Option<double?> epsilon = TypedOption.Real("--epsilon", "The epsilon to give delta for, in place of --delta", NumberRange.NotNegative);
    private readonly Option<AccountantKind?> accountant = TargetOptions.AccountantChoice();
    private readonly Option<string?> plot = TypedOption.Text("--plot", "Picture of delta against epsilon (for rdp of the Renyi curve too): a .png or .svg file", "file");

    public AccountVerb() : base("account", "Proves what a run costs: bounds on epsilon at a delta, or on delta at an epsilon.",
        "lmodp account --noise gaussian:std=2 --sampling-rate 0.0304 --steps 192 --delta 1e-10",
        "lmodp account --noise laplace:scale=4 --release scalar --sampling-rate 0.01 --steps 1000 --epsilon 0.5",
        "lmodp account --composition run.json --delta 1e-10 --plot profile.svg --json")
    {
        composition.AddTo(this);
        Options.Add(delta);
        Options.Add(epsilon);
        Options.Add(accountant);
        Options.Add(plot);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var picture = input.GetValue(plot) is { } path ? PlotFile.Checked("--plot", path) : null;
        var published = composition.Read(input);
        var kind = input.GetValue(accountant) ?? Accountants.ForComposition(published);
        var clock = Stopwatch.StartNew();
        var account = (input.GetValue(delta), input.GetValue(epsilon)) switch
        {
            ({ } given, null) => AccountResult.OfEpsilon(published, given, kind),
            (null, { } given) => AccountResult.OfDelta(published, given, kind),
            _ => throw new BadInputException("give one of --delta and --epsilon: the other one is the answer"),
        };
        account = account with { Seconds = clock.Elapsed.TotalSeconds, Plot = picture };
        if (picture is not null)
            PlotFile.Write(picture, ProfilePlot.Panels(published, account));
        return account;
    }
}

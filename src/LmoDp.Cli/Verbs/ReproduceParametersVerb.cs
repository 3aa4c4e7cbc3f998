using System.CommandLine;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Published;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp reproduce parameters</c>: the published sets of LMO parameters, what is claimed for each, and what it really costs.</summary>
internal sealed class ReproduceParametersVerb : Verb
{
    private readonly Option<double?> delta = NoiseOptions.Delta();
    private readonly Option<string?> output = TypedOption.Text("--output", "Folder for parameters.csv and parameters.md; it is made if it is not there", "folder");

    public ReproduceParametersVerb() : base("parameters", "Accounts for one release with each parameter set published with LMO-DP research code: what is claimed, and what holds.",
        "lmodp reproduce parameters",
        "lmodp reproduce parameters --delta 1e-5 --output published --json")
    {
        Options.Add(delta);
        Options.Add(output);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var folder = OutputFolder.Made("--output", input.GetValue(output));
        var at = input.GetValue(delta) ?? NoiseOptions.UsualDelta;
        var result = ReproduceParametersResult.Of([.. PublishedParameters.All.Select(set => PublishedAccount.Of(set, at))], at);
        if (folder is null)
            return result;
        string[] files = [Path.Combine(folder, "parameters.csv"), Path.Combine(folder, "parameters.md")];
        AtomicFile.WriteText(files[0], result.WholeTable().ToCsv());
        AtomicFile.WriteText(files[1], $"{result.ParameterTable().ToMarkdown()}\n{result.FigureTable().ToMarkdown()}");
        return result with { Files = files };
    }
}

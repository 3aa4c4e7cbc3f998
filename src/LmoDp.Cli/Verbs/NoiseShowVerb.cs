using System.CommandLine;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Cli.Plots;
using LmoDp.Privacy.Noise;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp noise show</c>: what a noise law is and what one release with it costs.</summary>
internal sealed class NoiseShowVerb : Verb
{
    private readonly Argument<string> law = new("LAW") { Description = "Inline, such as laplace:scale=2, or a JSON file (the LMO-DP authors' files are read as they are)" };
    private readonly Option<ExponentialReading?> exponential = NoiseOptions.Exponential();
    private readonly Option<double?> claimed = TypedOption.Real("--claimed-epsilon",
        "An epsilon claimed for one release: is it kept? [default: the one in the name of an authors' file]", NumberRange.Positive);
    private readonly Option<double?> delta = NoiseOptions.Delta();
    private readonly Option<string?> plot = TypedOption.Text("--plot", "Picture of density and privacy loss: a .png or .svg file", "file");

    public NoiseShowVerb() : base("show", "Shows a noise law: its size, and exactly what one release with it costs (sensitivity 1).",
        "lmodp noise show laplace:scale=2 --plot laplace.svg",
        "lmodp noise show lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2",
        "lmodp noise show published.json --exponential rate --claimed-epsilon 0.3")
    {
        Arguments.Add(law);
        Options.Add(exponential);
        Options.Add(claimed);
        Options.Add(delta);
        Options.Add(plot);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var picture = input.GetValue(plot) is { } path ? PlotFile.Checked("--plot", path) : null;
        var text = input.GetRequiredValue(law);
        var reading = input.GetValue(exponential) ?? ExponentialReading.Rate;
        var noise = NoiseLawParser.Parse(text, reading);
        var authors = AuthorsFile.Of(text, noise, reading);
        var claim = input.GetValue(claimed) ?? authors?.ClaimedEpsilon;
        var result = NoiseShowResult.Of(noise, authors?.Reading, input.GetValue(delta) ?? NoiseOptions.UsualDelta, claim);
        if (picture is null)
            return result;
        PlotFile.Write(picture, NoisePlot.Density(noise), NoisePlot.PrivacyLoss(noise, claim));
        return result with { Plot = picture };
    }
}

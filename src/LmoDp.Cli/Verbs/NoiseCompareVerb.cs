using System.CommandLine;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Cli.Plots;
using LmoDp.Privacy.Noise;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp noise compare</c>: several laws side by side, at one guarantee or as they are.</summary>
internal sealed class NoiseCompareVerb : Verb
{
    private readonly Argument<string[]> laws = new("LAW")
    {
        Description = "Laws, inline or JSON files (of a search, or the LMO-DP authors'), or the families gaussian and laplace",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<double?> epsilon = TypedOption.Real("--epsilon", "Scale every law to this epsilon for the whole run [default: compare the laws as they are]", NumberRange.Positive);
    private readonly Option<double?> delta = NoiseOptions.Delta();
    private readonly Option<double?> rate = TypedOption.Real("--sampling-rate", "Probability that a row takes part in a step [default: 1]", NumberRange.Probability);
    private readonly Option<long?> steps = TypedOption.Whole("--steps", "Number of steps, one number each [default: 1]", 1);
    private readonly Option<double?> usefulness = TypedOption.Real("--usefulness", "Tell how often the noise is at most this [default: 1, the sensitivity]", NumberRange.Positive);
    private readonly Option<ExponentialReading?> exponential = NoiseOptions.Exponential();
    private readonly Option<string?> plot = TypedOption.Text("--plot", "Picture of the densities and tails: a .png or .svg file", "file");

    public NoiseCompareVerb() : base("compare", "Compares noise laws for single numbers, all scaled to one guarantee, or as they are (sensitivity 1).",
        "lmodp noise compare gaussian laplace generalised-gaussian:std=1,power=1.5 --epsilon 0.3 --delta 1e-10 --steps 10",
        "lmodp noise compare gaussian laplace found.json --epsilon 3 --sampling-rate 0.0304 --steps 192 --usefulness 2 --plot laws.svg",
        "lmodp noise compare published.json gaussian:std=20 --exponential scale")
    {
        Arguments.Add(laws);
        foreach (var option in new Option[] { epsilon, delta, rate, steps, usefulness, exponential, plot })
            Options.Add(option);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var picture = input.GetValue(plot) is { } path ? PlotFile.Checked("--plot", path) : null;
        var reading = input.GetValue(exponential) ?? ExponentialReading.Rate;
        var guarantee = new ComparedGuarantee(input.GetValue(epsilon), input.GetValue(delta) ?? NoiseOptions.UsualDelta, input.GetValue(rate) ?? 1, input.GetValue(steps) ?? 1);
        var g = input.GetValue(usefulness) ?? 1;
        // All are read before the first is scaled, which may take seconds.
        var choices = input.GetRequiredValue(laws).Select(name => (Name: name, Choice: NoiseChoice.Parse(name, reading))).ToArray();
        var compared = choices.Select(law => ComparedLaw.Of(law.Name, law.Choice, reading, guarantee, g)).ToArray();
        if (picture is not null)
            PlotFile.Write(picture, ComparisonPlot.Density(compared), ComparisonPlot.Tail(compared));
        return new NoiseCompareResult(guarantee, g, compared, picture);
    }
}

using System.CommandLine;
using System.Diagnostics;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp noise search</c>: the best noise for a whole run of single numbers.</summary>
internal sealed class NoiseSearchVerb : Verb
{
    private readonly Option<NoiseSearchFamily?> family = TypedOption.Choice("--family", "Where to look: laws of any shape, or a family of few parameters [default: free]",
        [.. Enum.GetValues<NoiseSearchFamily>().Select(family => (family.Name(), family))]);
    private readonly Option<string?> objective = TypedOption.Text("--objective", "std or mean-abs, to be small, or usefulness:g, how often the noise is at most g, to be large [default: std]", "objective");
    private readonly Option<double?> epsilon = TypedOption.Real("--epsilon", "Target epsilon", NumberRange.Positive).Needed();
    private readonly Option<double?> delta = TypedOption.Real("--delta", "Target delta", NumberRange.OpenUnit).Needed();
    private readonly Option<double?> rate = TypedOption.Real("--sampling-rate", "Probability that a row takes part in a step [default: 1]", NumberRange.Probability);
    private readonly Option<long?> steps = TypedOption.Whole("--steps", "Number of steps, one number each [default: 1]", 1);
    private readonly Option<long?> lattice = TypedOption.Whole("--steps-per-sensitivity", "Lattice steps to the clipping norm; values are rounded to them [default: 16, less for wide noise, up to 64 for narrow noise or a small g]", 1, most: LatticeLaw.MostSteps);
    private readonly Option<string?> output = TypedOption.Text("--output", "File for the law and its certificate, which --noise of other verbs takes", "file");

    public NoiseSearchVerb() : base("search", "Finds the best noise for a whole run of single numbers (sensitivity 1), with a certificate that it meets (epsilon, delta).",
        "lmodp noise search --epsilon 3 --delta 1e-10 --sampling-rate 0.0304 --steps 192 --output found.json",
        "lmodp noise search --family lmo --objective usefulness:2 --epsilon 0.3 --delta 1e-10",
        "lmodp account --noise found.json --release scalar --sampling-rate 0.0304 --steps 192 --delta 1e-10")
    {
        foreach (var option in new Option[] { family, objective, epsilon, delta, rate, steps, lattice, output })
            Options.Add(option);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var file = input.GetValue(output);
        if (file is not null)
            OutputFile.Check("--output", file);
        var target = new SearchTarget(input.GetRequiredValue(epsilon)!.Value, input.GetRequiredValue(delta)!.Value, input.GetValue(rate) ?? 1, input.GetValue(steps) ?? 1);
        var wanted = input.GetValue(objective) is { } text ? Objective.Parse(text) : Objective.StandardDeviation;
        var clock = Stopwatch.StartNew();
        var found = NoiseSearch.Find(input.GetValue(family) ?? NoiseSearchFamily.Free, target, wanted, (int?)input.GetValue(lattice));
        if (file is not null)
            SearchedNoiseFile.Write(file, found);
        return NoiseSearchResult.Of(found, clock.Elapsed.TotalSeconds, file);
    }
}

using System.CommandLine;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp plan</c>: how to spend a compute budget at a privacy target.</summary>
internal sealed class PlanVerb : Verb
{
    private readonly NoiseOptions noiseOptions = new();
    private readonly Option<long?> rows = TypedOption.Whole("--rows", "Rows (or units) of private data, n; it counts as public", 1, most: int.MaxValue).Needed();
    private readonly Option<double?> epsilon = TypedOption.Real("--epsilon", "The guarantee's epsilon", NumberRange.Positive).Needed();
    private readonly Option<double?> delta = TypedOption.Real("--delta", "The guarantee's delta: far below 1/n", NumberRange.OpenUnit).Needed();
    private readonly Option<long?> parameters = TypedOption.Whole("--parameters", "Trained parameters: the length of the gradient; needed for vectors", 1);
    private readonly Option<double?> examples = TypedOption.Real("--examples", "Compute budget: examples computed on in all [default: 5 times the rows]", NumberRange.Positive);
    private readonly Option<string?> noise = TypedOption.Text("--noise", "A family, or any law as the shape to scale [default: gaussian]", "law|family");

    public PlanVerb() : base("plan", "Compares large batches and few steps with small batches and many, at one target and one compute budget; the least noise comes first.",
        "lmodp plan --rows 67349 --epsilon 0.3 --delta 1e-10 --parameters 40000 --examples 300000",
        "lmodp plan --rows 67349 --epsilon 0.3 --delta 1e-10 --release scalar --noise laplace --examples 3000000")
    {
        foreach (var option in new Option[] { rows, epsilon, delta, parameters, examples, noise })
            Options.Add(option);
        noiseOptions.AddTo(this);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var units = (int)input.GetValue(rows)!.Value;
        if (input.GetValue(delta)!.Value >= 1.0 / units)
            throw new BadInputException(FormattableString.Invariant($"--delta must be below 1/n, here 1/{units}: a run that published a whole unit at random would keep a larger one"));
        var shape = noiseOptions.Release(input, noiseOptions.Shape(input, input.GetValue(noise) ?? "gaussian"));
        var dimension = (shape, input.GetValue(parameters)) switch
        {
            (ScalarRelease, null) => 1,
            (_, { } given) => given,
            _ => throw new BadInputException("--parameters is missing: a vector's noise grows with the number of trained parameters; give it, or --release scalar"),
        };
        return new PlanResult(shape.Kind, PlanTable.For(shape, units, input.GetValue(epsilon)!.Value, input.GetValue(delta)!.Value, dimension, input.GetValue(examples) ?? 5.0 * units));
    }
}

/// <summary>Plans, least noise first.</summary>
/// <param name="Release">"scalar" or "vector".</param>
/// <param name="Plans">The plans.</param>
internal sealed record PlanResult(string Release, IReadOnlyList<PlanRow> Plans) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Table(["expected batch", "sampling rate", "steps", "noise multiplier", "noise of a step", "noise of the run"], Plans.Select(plan => (string[])
        [
            Figures.Short(Math.Round(plan.ExpectedBatch, 1)), Figures.Short(plan.SamplingRate), Figures.Short(plan.Steps), Figures.Short(plan.NoiseMultiplier),
            Figures.Short(plan.StepNoise), Figures.Short(plan.RunNoise),
        ]));
        console.Note($"Noise is {(Release == "scalar" ? "the standard deviation of the mean scalar" : "the L2 norm on the mean gradient")}, relative to the clipping norm. Among plans of like noise take the one with more steps; plans with over a quarter more noise than the least are left out.");
    }
}

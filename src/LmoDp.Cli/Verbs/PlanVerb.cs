using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Accounting;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp plan</c>: how to spend a compute budget at a privacy target.</summary>
internal sealed class PlanVerb : Verb
{
    private readonly Option<long?> rows = TypedOption.Whole("--rows", "Rows (or units) of private data, n; it counts as public", 1, most: int.MaxValue).Needed();
    private readonly Option<double?> epsilon = TypedOption.Real("--epsilon", "The guarantee's epsilon", NumberRange.Positive).Needed();
    private readonly Option<double?> delta = TypedOption.Real("--delta", "The guarantee's delta: far below 1/n", NumberRange.OpenUnit).Needed();
    private readonly Option<long?> parameters = TypedOption.Whole("--parameters", "Trained parameters: the length of the gradient", 1).Needed();
    private readonly Option<double?> examples = TypedOption.Real("--examples", "Compute budget: per-example gradients in all [default: 5 times the rows]", NumberRange.Positive);

    public PlanVerb() : base("plan", "Compares large batches and few steps with small batches and many, at one target and one compute budget; the least noise comes first.",
        "lmodp plan --rows 67349 --epsilon 0.3 --delta 1e-10 --parameters 40000 --examples 300000")
    {
        foreach (var option in new Option[] { rows, epsilon, delta, parameters, examples })
            Options.Add(option);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var units = (int)input.GetValue(rows)!.Value;
        return new PlanResult(PlanTable.For(units, input.GetValue(epsilon)!.Value, input.GetValue(delta)!.Value, input.GetValue(parameters)!.Value, input.GetValue(examples) ?? 5.0 * units));
    }
}

/// <summary>Plans, least noise first.</summary>
internal sealed record PlanResult(IReadOnlyList<PlanRow> Plans) : VerbResult
{
    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Table(["expected batch", "sampling rate", "steps", "noise multiplier", "noise of a step", "noise of the run"], Plans.Select(plan => (string[])
        [
            Figures.Short(Math.Round(plan.ExpectedBatch, 1)), Figures.Short(plan.SamplingRate), Figures.Short(plan.Steps), Figures.Short(plan.NoiseMultiplier),
            Figures.Short(plan.StepNoise), Figures.Short(plan.RunNoise),
        ]));
        console.Note("Noise is the L2 norm on the mean gradient, relative to the clipping norm. Among plans of like noise take the one with more steps.");
    }
}

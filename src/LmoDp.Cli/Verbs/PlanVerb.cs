using System.CommandLine;
using System.Text.Json.Serialization;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Finetuning;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;
using LmoDp.Models.Adapters;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Runs;
using Spectre.Console;

namespace LmoDp.Cli.Verbs;

/// <summary><c>lmodp plan</c>: how to spend a compute budget at a privacy target.</summary>
internal sealed class PlanVerb : Verb
{
    private const double UsualBatch = 512, UsualExamples = PlanTable.EnoughSteps * UsualBatch;

    private readonly NoiseOptions noiseOptions = new();
    private readonly Option<long?> rows = TypedOption.Whole("--rows", "Rows (or units) of private data, n; it counts as public", 1, most: int.MaxValue).Needed();
    private readonly Option<double?> epsilon = TypedOption.Real("--epsilon", "The guarantee's epsilon", NumberRange.Positive).Needed();
    private readonly Option<double?> delta = TypedOption.Real("--delta", "The guarantee's delta: far below 1/n", NumberRange.OpenUnit).Needed();
    private readonly Option<double?> examples = TypedOption.Real("--examples", $"Compute budget: examples computed on in all [default: {UsualExamples:0}, as many as finetune's {PlanTable.EnoughSteps} steps of {UsualBatch}; scalar releases: 5 times the rows]", NumberRange.Positive);
    private readonly Option<string?> noise = TypedOption.Text("--noise", "A family, or any law as the shape to scale [default: gaussian]", "law|family");
    private readonly Option<string?> model = TypedOption.Text("--model", "Folder of the classifier to train, in the Hugging Face layout [default: the embedded one]", "folder");
    private readonly Option<TrainableSet?> trainable = TrainableSets.Option("Which of its parameters are trained");
    private readonly Option<long?> labels = TypedOption.Whole("--labels", "How many labels it tells apart [default: 2]", 2, most: 100_000);
    private readonly Option<long?> parameters = TypedOption.Whole("--parameters", "Trained parameters, where they are known: the length of the gradient, in place of --model, --trainable and --labels", 1);

    public PlanVerb() : base("plan", "Compares large batches and few steps with small batches and many, at one target and one compute budget, and for gradients says which to try first.",
        "lmodp plan --rows 67349 --epsilon 0.3 --delta 1e-10 --examples 30000",
        "lmodp plan --rows 67349 --epsilon 0.3 --delta 1e-10 --parameters 40000 --examples 300000",
        "lmodp plan --rows 67349 --epsilon 0.3 --delta 1e-10 --release scalar --noise laplace --examples 3000000")
    {
        foreach (var option in new Option[] { rows, epsilon, delta, examples, noise, model, trainable, labels, parameters })
            Options.Add(option);
        noiseOptions.AddTo(this);
    }

    public override VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation)
    {
        var units = (int)input.GetValue(rows)!.Value;
        if (input.GetValue(delta)!.Value >= 1.0 / units)
            throw new BadInputException(FormattableString.Invariant($"--delta must be below 1/n, here 1/{units}: a run that published a whole unit at random would keep a larger one"));
        var choice = noiseOptions.Choice(input, input.GetValue(noise) ?? "gaussian");
        var shape = noiseOptions.Release(input, choice.Law);
        var (trained, length) = Trained(input, shape);
        var plans = PlanTable.For(shape, units, input.GetValue(epsilon)!.Value, input.GetValue(delta)!.Value, length, input.GetValue(examples) ?? (shape is ScalarRelease ? 5.0 * units : UsualExamples));
        return new PlanResult(shape.Kind.Name(), trained, length, plans, shape is ScalarRelease ? null : PlanTable.Advised(plans))
        {
            Family = choice.IsFamily ? input.GetValue(noise) : null,
            ScalesALaw = !choice.IsFamily,
            Model = input.GetValue(model),
        };
    }

    /// <summary>What is trained, where the model says it, and the length of what a step publishes.</summary>
    private (string? Set, long Length) Trained(ParseResult input, Release shape)
    {
        Option[] described = [model, trainable, labels];
        var given = described.FirstOrDefault(option => input.GetResult(option) is not null);
        if (shape is ScalarRelease || input.GetValue(parameters) is not null)
        {
            return given is null
                ? (null, input.GetValue(parameters) ?? 1)
                : throw new BadInputException($"{given.Name} says how long the gradient is: {(shape is ScalarRelease ? "a scalar release publishes one number, whatever is trained; leave it out" : "leave it out, or --parameters")}");
        }
        var folder = input.ExistingFolder(model);
        var set = input.GetValue(trainable) ?? TrainableSets.Default;
        return (TrainableSets.Name(set), GradientLength.OfClassifier(folder, (int)(input.GetValue(labels) ?? 2), set, TrainingOptions.DefaultLoraRank, TrainingOptions.DefaultPromptLength));
    }
}

/// <summary>Plans, least noise first.</summary>
/// <param name="Release">"scalar" or "vector".</param>
/// <param name="Trainable">What is trained, as finetune's option names it; null where it is not known.</param>
/// <param name="Parameters">Numbers that a step publishes.</param>
/// <param name="Plans">The plans.</param>
/// <param name="Advised">The plan to try first (docs/study.md); null for scalar releases, for which there is no tested rule.</param>
internal sealed record PlanResult(string Release, string? Trainable, long Parameters, IReadOnlyList<PlanRow> Plans, PlanRow? Advised) : VerbResult
{
    /// <summary>The family of noise, if one was asked for: finetune calibrates it anew.</summary>
    [JsonIgnore]
    public string? Family { get; init; }

    /// <summary>Whether the noise was given as a law: finetune takes laws as they are, so it must be given the scaled one.</summary>
    [JsonIgnore]
    public bool ScalesALaw { get; init; }

    /// <summary>The model's folder, if one was given.</summary>
    [JsonIgnore]
    public string? Model { get; init; }

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        console.Table(["expected batch", "sampling rate", "steps", "noise multiplier", "noise of a step", "noise of the run"], Plans.Select(plan => (string[])
        [
            Figures.Short(Math.Round(plan.ExpectedBatch, 1)), Figures.Short(plan.SamplingRate), Figures.Short(plan.Steps), Figures.Short(plan.NoiseMultiplier),
            Figures.Short(plan.StepNoise), Figures.Short(plan.RunNoise),
        ]));
        console.Note(Release == "scalar"
            ? "Noise is the standard deviation of the mean scalar, relative to the clipping norm."
            : FormattableString.Invariant($"Noise is the L2 norm on the mean gradient of {Parameters} numbers{(Trainable is null ? "" : $" (--trainable {Trainable})")}, relative to the clipping norm."));
        if (Advised is null)
        {
            console.Note("Plans with over a quarter more noise than the least are left out. How many steps a run with one number a step needs, noise does not say: docs/zeroth-order.md.");
            return;
        }
        console.Note($"Plans with over a quarter more noise than the least are left out; of the others the one with the most steps up to {PlanTable.EnoughSteps} is the one to try first:");
        var options = new[] { ("--noise", ScalesALaw ? $"\"{Advised.Noise}\"" : Family), ("--model", Model), ("--trainable", Trainable) };
        console.Note(string.Concat(options.Where(option => option.Item2 is not null).Select(option => $"{option.Item1} {option.Item2} ").Prepend("lmodp finetune ... "))
            + FormattableString.Invariant($"--sampling-rate {Advised.SamplingRate:R} --steps {Advised.Steps}"));
    }
}

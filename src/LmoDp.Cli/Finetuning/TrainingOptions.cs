using System.CommandLine;
using LmoDp.Cli.Accounting;
using LmoDp.Cli.Input;
using LmoDp.Models.Adapters;
using LmoDp.Models.Layers;
using LmoDp.Privacy.Noise;
using LmoDp.Training.Runs;
using LmoDp.Training.ZerothOrder;

namespace LmoDp.Cli.Finetuning;

/// <summary>What a verb fills in where the user says nothing.</summary>
/// <param name="Batch">Expected batch.</param>
/// <param name="Steps">Steps along gradients with privacy.</param>
/// <param name="Epsilon">The target; null where it must be given.</param>
/// <param name="Delta">Its delta; null where it must be given.</param>
/// <param name="NeedsTask">Whether the task must be given.</param>
/// <param name="HasTarget">Whether the guarantee and its noise are among the options; else the verb has its own for them.</param>
internal sealed record TrainingDefaults(long Batch, int Steps, double? Epsilon = null, double? Delta = null, bool NeedsTask = true, bool HasTarget = true);

/// <summary>The options that say what is trained, on what and how: those of every verb that makes a training run.</summary>
/// <param name="defaults">What is filled in.</param>
internal sealed class TrainingOptions(TrainingDefaults defaults)
{
    private const int DefaultZerothOrderSteps = 1000;
    private const int DefaultOpenSteps = 200;
    private const int LongestText = 100_000;

    /// <summary>Rank of LoRA factors unless asked otherwise.</summary>
    public const int DefaultLoraRank = 8;

    /// <summary>Vectors of a soft prompt unless asked otherwise.</summary>
    public const int DefaultPromptLength = 16;

    private readonly TaskOptions files = new(defaults.NeedsTask);
    private readonly Option<string?> model = TypedOption.Text("--model", "Folder of the model to start from, in the Hugging Face layout [default: the embedded one]", "folder");
    private readonly Option<double?> epsilon = TypedOption.Real("--epsilon", $"The guarantee's epsilon, which the run will not exceed{Said(defaults.Epsilon)}", NumberRange.Positive);
    private readonly Option<double?> delta = TypedOption.Real("--delta", $"The guarantee's delta: far below 1/n{Said(defaults.Delta)}", NumberRange.OpenUnit);
    private readonly Option<string?> noise = TypedOption.Text("--noise", "A noise law, used as it is, or a family to calibrate; zeroth-order takes free, lmo, laplace, generalised-gaussian and gaussian, and searches the best of the family [default: gaussian; zeroth-order free]", "law|family");
    private readonly Option<ExponentialReading?> exponential = NoiseOptions.Exponential();
    private readonly Option<long?> batch = TypedOption.Whole("--batch-size", $"Expected batch: the sampling rate is this over n, and n counts as public [default: {defaults.Batch}]", 1, most: int.MaxValue);
    private readonly Option<double?> rate = TypedOption.Real("--sampling-rate", "Probability that a row takes part in a step, in place of --batch-size", NumberRange.Probability);
    private readonly Option<long?> steps = TypedOption.Whole("--steps", $"Steps, fixed before the start [default: {defaults.Steps}; zeroth-order {DefaultZerothOrderSteps}; non-private {DefaultOpenSteps}]", 1, most: int.MaxValue);
    private readonly Option<double?> learningRate = TypedOption.Real("--learning-rate", "Peak learning rate [default: by method and trainable set, and for long runs of dp-sgd by their steps]", NumberRange.Factor);
    private readonly Option<double?> warmUp = TypedOption.Real("--warm-up", "Share of the steps until the peak [default: 0.05]", NumberRange.Share);
    private readonly Option<double?> decay = TypedOption.Real("--weight-decay", "Decoupled weight decay [default: 0]", NumberRange.Factor with { WithLower = true });
    private readonly Option<double?> clippingNorm = TypedOption.Real("--clipping-norm", "What per-example gradients are clipped to, in L2 norm; zeroth-order: the derivatives along a direction [default: 1]", NumberRange.Factor);

    private readonly Option<ClippingKind?> clipping = TypedOption.Choice("--clipping", "flat: only longer gradients are shortened; automatic: all get the norm [default: flat]",
        ("flat", ClippingKind.Flat), ("automatic", ClippingKind.Automatic));

    private readonly Option<long?> directions = TypedOption.Whole("--directions", "Directions of a zeroth-order step; each is one more number from its draw [default: 1]", 1, most: 1024);

    private readonly Option<DirectionClipping?> directionClipping = TypedOption.Choice("--direction-clipping",
        "separate: each of a row's derivatives to the clipping norm C; joint: together to sqrt(directions) C, with gaussian noise in float64 [default: where the predicted error is less]",
        ("separate", DirectionClipping.Separate), ("joint", DirectionClipping.Joint));

    private readonly Option<double?> perturbation = TypedOption.Real("--perturbation", "How far zeroth-order looks in each coordinate; rounded to a power of two [default: 0.001]",
        new NumberRange(PerturbedParameters.LeastScale, PerturbedParameters.MostScale, true, true));

    private readonly Option<TrainableSet?> trainable = TrainableSets.Option("Which parameters are trained; few bear the noise of a small epsilon best");

    private readonly Option<TrainingMethod?> method = TypedOption.Choice("--method", "Optimiser; zeroth-order publishes one number a step and needs no more memory than predicting; non-private is for comparison [default: dp-sgd]",
        ("dp-adam", TrainingMethod.DpAdam), ("dp-sgd", TrainingMethod.DpSgd), ("zeroth-order", TrainingMethod.ZerothOrder), ("non-private", TrainingMethod.NonPrivate));

    private readonly Option<long?> rank = TypedOption.Whole("--lora-rank", $"Rank of the LoRA factors [default: {DefaultLoraRank}]", 1, most: 4096);
    private readonly Option<double?> alpha = TypedOption.Real("--lora-alpha", "LoRA's alpha: the update is scaled by alpha / rank [default: twice the rank]", NumberRange.Factor);
    private readonly Option<long?> promptLength = TypedOption.Whole("--prompt-length", $"Vectors of --trainable prompt, trained in place of words before each text; they count as tokens [default: {DefaultPromptLength}]", 1, most: 4096);
    private readonly Option<WeightStorage?> weights = WeightsOption.Create("; needs --trainable lora, and saves adapters only");
    private readonly Option<long?> maxTokens = TypedOption.Whole("--max-tokens", "Texts are cut to this many tokens [default: 128; writing 256]", 8, most: LongestText);
    private readonly Option<long?> maxExamples = TypedOption.Whole("--max-examples", "Use only the first rows of the training file", 1, most: int.MaxValue);

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Options.Add(model);
        files.AddTo(verb);
        foreach (var option in (defaults.HasTarget ? new Option[] { epsilon, delta, noise, exponential } : []).Concat(
        [
            batch, rate, steps, method, trainable, learningRate, warmUp, decay, clippingNorm, clipping, directions, directionClipping, perturbation, rank, alpha, promptLength, weights, maxTokens, maxExamples,
        ]))
            verb.Options.Add(option);
    }

    /// <summary>The settings, with defaults filled in: of a fresh run with secret randomness.</summary>
    /// <param name="input">The command line.</param>
    /// <param name="output">Folder of the run.</param>
    /// <param name="otherwise">The task where none is given.</param>
    /// <exception cref="BadInputException">Options contradict each other, one that is needed is missing, or a file is.</exception>
    public FinetuneSettings Read(ParseResult input, string output, Func<TaskFiles>? otherwise = null)
    {
        var chosenMethod = input.GetValue(method) ?? TrainingMethod.DpSgd;
        var folder = input.ExistingFolder(model);
        var chosenSet = input.GetValue(trainable) ?? TrainableSets.Default;
        var chosenSteps = (int)(input.GetValue(steps) ?? chosenMethod switch { TrainingMethod.ZerothOrder => DefaultZerothOrderSteps, TrainingMethod.NonPrivate => DefaultOpenSteps, _ => defaults.Steps });
        var chosenRank = (int)(input.GetValue(rank) ?? DefaultLoraRank);
        RefuseWithout(input, chosenSet == TrainableSet.Lora, "--trainable lora", rank, alpha);
        RefuseWithout(input, chosenSet == TrainableSet.Prompt, "--trainable prompt", promptLength);
        RefuseWithout(input, chosenMethod == TrainingMethod.ZerothOrder, "--method zeroth-order", directions, directionClipping, perturbation);
        RefuseWithout(input, input.GetValue(directions) > 1, "--directions 2 or more", directionClipping);
        RefuseWithout(input, chosenMethod != TrainingMethod.ZerothOrder, "a --method with gradients (dp-sgd, dp-adam)", clipping);
        RefuseWithout(input, chosenMethod is not (TrainingMethod.DpSgd or TrainingMethod.ZerothOrder), "a --method that decays weights (dp-adam, non-private)", decay);
        RefuseWithout(input, chosenMethod != TrainingMethod.NonPrivate, "a private --method", epsilon, delta, noise, exponential, clippingNorm, clipping);
        if (input.Storage(weights) == WeightStorage.Mapped && chosenSet != TrainableSet.Lora)
            throw new BadInputException("--weights mapped cannot change the weights: it needs --trainable lora");
        if (input.GetResult(batch) is not null && input.GetResult(rate) is not null)
            throw new BadInputException("--batch-size and --sampling-rate exclude each other: give one of them");
        var task = files.Read(input, otherwise);
        return new FinetuneSettings
        {
            Model = folder,
            Files = task,
            Method = chosenMethod,
            Target = chosenMethod == TrainingMethod.NonPrivate || !defaults.HasTarget ? null : ReadTarget(input, chosenMethod),
            Sampling = input.GetValue(rate) is { } given ? new SamplingChoice(null, given) : new SamplingChoice(input.GetValue(batch) ?? defaults.Batch, null),
            Steps = chosenSteps,
            LearningRate = input.GetValue(learningRate) ?? DefaultLearningRate(chosenMethod, chosenSet, chosenSteps),
            WarmUpShare = input.GetValue(warmUp) ?? 0.05,
            WeightDecay = input.GetValue(decay) ?? 0,
            ClippingNorm = input.GetValue(clippingNorm) ?? 1,
            Clipping = input.GetValue(clipping) ?? ClippingKind.Flat,
            Directions = (int)(input.GetValue(directions) ?? 1),
            DirectionClipping = input.GetValue(directionClipping),
            Perturbation = input.GetValue(perturbation) ?? 1.0 / 1024,
            Trainable = chosenSet,
            Weights = input.Storage(weights),
            LoraRank = chosenRank,
            LoraAlpha = input.GetValue(alpha) ?? 2 * chosenRank,
            PromptLength = (int)(input.GetValue(promptLength) ?? DefaultPromptLength),
            MaxTokens = (int)(input.GetValue(maxTokens) ?? (task is GenerationFiles ? 256 : 128)),
            MaxExamples = (int?)input.GetValue(maxExamples),
            Seed = null,
            Output = output,
            Resume = false,
            UnsafeDiagnostics = false,
        };
    }

    private PrivacyTarget ReadTarget(ParseResult input, TrainingMethod method) => new(
        input.GetValue(epsilon) ?? defaults.Epsilon ?? throw new BadInputException("--epsilon is missing: give the guarantee, such as --epsilon 0.3 --delta 1e-10, or --method non-private"),
        input.GetValue(delta) ?? defaults.Delta ?? throw new BadInputException("--delta is missing: give one far below 1/n, such as --delta 1e-10"),
        input.GetValue(noise) ?? (method == TrainingMethod.ZerothOrder ? "free" : "gaussian"),
        input.GetValue(exponential) ?? ExponentialReading.Rate);

    private static string Said(double? number) => number is { } value ? FormattableString.Invariant($" [default: {value:R}]") : "";

    private static void RefuseWithout(ParseResult input, bool condition, string needed, params Option[] options)
    {
        if (!condition && options.FirstOrDefault(option => input.GetResult(option) is not null) is { } given)
            throw new BadInputException($"{given.Name} needs {needed}: leave it out, or change that");
    }

    /// <summary>
    /// Rates at which small encoders learn well; fewer trained parameters bear larger steps. How far dp-sgd comes grows like rate x steps, and of that way noise takes its share whatever it brings:
    /// from 50 steps on it is the same way, in shorter steps (docs/study.md).
    /// </summary>
    private static double DefaultLearningRate(TrainingMethod method, TrainableSet set, int steps) => (method, set) switch
    {
        (TrainingMethod.DpSgd, TrainableSet.Full or TrainableSet.Lora) => Math.Min(0.5, 25.0 / steps),
        (TrainingMethod.DpSgd, _) => Math.Min(2, 100.0 / steps),
        (TrainingMethod.ZerothOrder, TrainableSet.Full) => 3e-4,
        (TrainingMethod.ZerothOrder, _) => 3e-3,
        (_, TrainableSet.Full) => 5e-4,
        (_, TrainableSet.Lora) => 1e-3,
        (_, TrainableSet.Bias) => 2e-3,
        _ => 1e-2,
    };
}

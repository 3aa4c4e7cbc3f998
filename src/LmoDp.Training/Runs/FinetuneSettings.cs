using LmoDp.Models.Adapters;
using LmoDp.Models.Layers;
using LmoDp.Privacy.Noise;

namespace LmoDp.Training.Runs;

/// <summary>How the optimiser uses the released gradient.</summary>
public enum TrainingMethod
{
    /// <summary>AdamW on clipped, noisy gradients.</summary>
    DpAdam,

    /// <summary>SGD with momentum on clipped, noisy gradients.</summary>
    DpSgd,

    /// <summary>SGD along random directions, on clipped, noisy derivatives: one number a direction is published.</summary>
    ZerothOrder,

    /// <summary>AdamW without clipping or noise, for comparison: no guarantee.</summary>
    NonPrivate,
}

/// <summary>How a per-example gradient g is brought to norm C.</summary>
public enum ClippingKind
{
    /// <summary>g * min(1, C / ||g||).</summary>
    Flat,

    /// <summary>C g / (||g|| + 0.01): every example counts alike (automatic clipping, Bu et al. 2022).</summary>
    Automatic,
}

/// <summary>How a unit's K derivatives of a zeroth-order step are clipped.</summary>
public enum DirectionClipping
{
    /// <summary>Each to [-C, C]: K scalars from one draw, with lattice noise of any law.</summary>
    Separate,

    /// <summary>Together, to L2 norm sqrt(K) C: one vector, with Gaussian noise.</summary>
    Joint,
}

/// <summary>What becomes of a noise law that is not a family.</summary>
public enum LawUse
{
    /// <summary>It is used as it is, and refused where the run would cost more than the target.</summary>
    Checked,

    /// <summary>It is the shape of the noise: scaled to the target. For runs along gradients.</summary>
    Scaled,

    /// <summary>It is used as it is, whatever it costs, and that is what the record states. For runs along gradients.</summary>
    Priced,
}

/// <summary>The guarantee that a run must keep, but for <see cref="LawUse.Priced"/> noise.</summary>
/// <param name="Epsilon">Above 0.</param>
/// <param name="Delta">Between 0 and 1, and below 1/n.</param>
/// <param name="Noise">The name of a family, which is calibrated to the target, or a noise law.</param>
/// <param name="Exponential">How the authors' E_lambda is read, where the noise is a file of theirs.</param>
/// <param name="Use">What becomes of a law.</param>
public sealed record PrivacyTarget(double Epsilon, double Delta, string Noise, ExponentialReading Exponential = ExponentialReading.Rate, LawUse Use = LawUse.Checked);

/// <summary>How examples are drawn: by the rate itself, or by the expected batch, from which the rate follows by treating n as public.</summary>
public sealed record SamplingChoice
{
    /// <param name="expectedBatch">Expected number of units in a step; null where the rate is given.</param>
    /// <param name="rate">Probability that a unit takes part in a step; null where the expected batch is given.</param>
    /// <exception cref="ArgumentException">Both are given, or neither.</exception>
    public SamplingChoice(long? expectedBatch, double? rate)
    {
        if (expectedBatch is null == rate is null)
            throw new ArgumentException("either the expected batch or the rate, not both");
        (ExpectedBatch, Rate) = (expectedBatch, rate);
    }

    /// <summary>Expected number of units in a step.</summary>
    public long? ExpectedBatch { get; }

    /// <summary>Probability that a unit takes part in a step.</summary>
    public double? Rate { get; }

    /// <summary>The sampling rate for n units of privacy.</summary>
    /// <exception cref="BadInputException">The expected batch is larger than the data.</exception>
    public double RateFor(int units)
    {
        if (Rate is { } rate)
            return rate;
        if (ExpectedBatch > units)
            throw new BadInputException($"--batch-size {ExpectedBatch} is larger than the training data of {units}: choose a smaller one");
        return (double)ExpectedBatch!.Value / units;
    }
}

/// <summary>Everything that the user decides about a fine-tuning run, checked, with defaults filled in.</summary>
public sealed record FinetuneSettings
{
    /// <summary>Folder of the model to start from; null for the embedded one.</summary>
    public required string? Model { get; init; }

    /// <summary>The task and its training and evaluation files.</summary>
    public required TaskFiles Files { get; init; }

    /// <summary>Optimiser.</summary>
    public required TrainingMethod Method { get; init; }

    /// <summary>The guarantee; null for <see cref="TrainingMethod.NonPrivate"/>.</summary>
    public required PrivacyTarget? Target { get; init; }

    /// <summary>How examples are drawn.</summary>
    public required SamplingChoice Sampling { get; init; }

    /// <summary>Steps T, fixed before the start.</summary>
    public required int Steps { get; init; }

    /// <summary>Peak learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Share of the steps over which the rate rises to its peak; it then falls to 0.</summary>
    public required double WarmUpShare { get; init; }

    /// <summary>Decoupled weight decay.</summary>
    public required double WeightDecay { get; init; }

    /// <summary>C, what per-example gradients, or derivatives, are clipped to.</summary>
    public required double ClippingNorm { get; init; }

    /// <summary>How they are clipped.</summary>
    public required ClippingKind Clipping { get; init; }

    /// <summary>Directions K of a zeroth-order step.</summary>
    public int Directions { get; init; } = 1;

    /// <summary>How its derivatives are clipped; null: what the predicted error is less with (<see cref="DirectionChoice"/>).</summary>
    public DirectionClipping? DirectionClipping { get; init; }

    /// <summary>s: how far a zeroth-order step looks in each coordinate; rounded to a power of two.</summary>
    public double Perturbation { get; init; } = 1.0 / 1024;

    /// <summary>Which parameters are trained.</summary>
    public required TrainableSet Trainable { get; init; }

    /// <summary>Where the base model's weights lie. Mapped ones cannot change: adapters are trained, and saved by themselves.</summary>
    public WeightStorage Weights { get; init; } = WeightStorage.Memory;

    /// <summary>Rank of the LoRA factors.</summary>
    public required int LoraRank { get; init; }

    /// <summary>alpha of LoRA: the update is scaled by alpha / rank.</summary>
    public required double LoraAlpha { get; init; }

    /// <summary>Vectors of a soft prompt.</summary>
    public int PromptLength { get; init; } = 16;

    /// <summary>Texts are cut to this many tokens, a public setting.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Only the first rows of the training file are used; null for all.</summary>
    public required int? MaxExamples { get; init; }

    /// <summary>Replaces all secret randomness, for tests: the run is then not private. Null for a private run.</summary>
    public required long? Seed { get; init; }

    /// <summary>Folder for the model, the ledger and the record.</summary>
    public required string Output { get; init; }

    /// <summary>Whether to continue the run that <see cref="Output"/> holds.</summary>
    public required bool Resume { get; init; }

    /// <summary>Whether to show losses of private examples, which the guarantee does not cover.</summary>
    public required bool UnsafeDiagnostics { get; init; }
}

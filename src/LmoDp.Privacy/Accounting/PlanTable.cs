namespace LmoDp.Privacy.Accounting;

/// <summary>One way to spend a compute budget: few large batches or many small ones.</summary>
/// <param name="ExpectedBatch">Expected units a step, q n.</param>
/// <param name="SamplingRate">q.</param>
/// <param name="Steps">T.</param>
/// <param name="Noise">The calibrated law.</param>
/// <param name="NoiseMultiplier">Its standard deviation, relative to the clipping norm.</param>
/// <param name="StepNoise">
/// The noise on one step's mean over the expected batch, relative to the clipping norm: sigma / (q n) for a scalar, the L2 norm sigma sqrt(d) / (q n) for a gradient.
/// </param>
/// <param name="RunNoise">The same for the mean over all steps: StepNoise / sqrt(T). What is to be learned must stand out from it.</param>
/// <param name="Epsilon">Bounds on the whole plan's epsilon.</param>
public sealed record PlanRow(
    double ExpectedBatch, double SamplingRate, long Steps, string Noise, double NoiseMultiplier, double StepNoise, double RunNoise, Bounds Epsilon);

/// <summary>
/// Plans at one target and one compute budget, least noise first. A heuristic, on public grounds only: a run of T steps adds up T means, so
/// signal grows like T and noise like sqrt(T); what counts is the noise of the mean over the run. Plans that differ little in it are as good as each other, and then
/// more steps are the safer choice for an optimiser.
/// </summary>
public static class PlanTable
{
    /// <summary>Whether more steps than this are worth their smaller batches differs from task to task.</summary>
    public const int EnoughSteps = 50;

    /// <summary>Expected batches below this are left out, unless there are no more rows.</summary>
    private const double SmallestBatch = 256;

    private const long FewestSteps = 5;

    /// <summary>How close to the least noise a plan's is: enough to compare plans, and found far sooner than a run's own.</summary>
    private const double RelativeNoise = 1e-4;

    /// <summary>A plan with more than this many times the least noise is no plan, nor are those with still smaller batches.</summary>
    private const double MostNoise = 1.25;

    /// <summary>
    /// Of plans with little more than the least noise, the one with the most steps up to <see cref="EnoughSteps"/>; where all have more, the one with the fewest. A rule for gradients, from trials (docs/study.md): fewer steps
    /// were far worse on one of three tasks, twice as many a few points better or worse. It says nothing of scalar releases, whose runs need many steps because one direction a step tells little.
    /// </summary>
    /// <param name="plans">Plans of <see cref="For"/>; at least one.</param>
    public static PlanRow Advised(IReadOnlyList<PlanRow> plans) => plans.Where(plan => plan.Steps <= EnoughSteps).MaxBy(plan => plan.Steps) ?? plans.MinBy(plan => plan.Steps) ?? throw new ArgumentException("there is no plan", nameof(plans));

    /// <summary>Plans whose expected batches are n, n/2, n/4, ... as far as the budget and the batch allow, and noise is worth it; and one of <see cref="EnoughSteps"/> steps.</summary>
    /// <param name="shape">What a step publishes, with noise of the wanted shape at any scale.</param>
    /// <param name="units">n, treated as public.</param>
    /// <param name="epsilon">Target.</param>
    /// <param name="delta">Target.</param>
    /// <param name="dimension">d, the length of the gradient; 1 for a scalar.</param>
    /// <param name="examples">Compute budget: expected number of examples computed on in all.</param>
    /// <exception cref="BadInputException">A number is out of range, or the budget does not allow a run.</exception>
    public static IReadOnlyList<PlanRow> For(Release shape, int units, double epsilon, double delta, long dimension, double examples)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (units < 1 || dimension < 1 || !(examples > 0))
            throw new BadInputException("a plan needs at least one row, one trained parameter and a positive number of examples to compute");
        if (shape is ScalarRelease && dimension > 1)
            throw new BadInputException("a scalar release publishes one number a step, whatever the number of trained parameters");
        var smallest = Math.Min(SmallestBatch, units);
        if (examples / units > int.MaxValue)
            throw new BadInputException(FormattableString.Invariant($"{examples:G6} examples are more than {int.MaxValue} passes over {units} rows: allow fewer"));
        var rows = new List<PlanRow>();
        for (double batch = units; batch >= smallest; batch /= 2)
        {
            var steps = (long)Math.Floor(examples / batch);
            if (steps >= FewestSteps && !TryAdd(batch / units, steps))
                break;
        }
        var rate = Math.Min(1, examples / EnoughSteps / units);
        if (rate * units >= smallest && rows.TrueForAll(row => row.Steps != EnoughSteps))
            TryAdd(rate, EnoughSteps);
        return rows.Count > 0
            ? [.. rows.OrderBy(row => row.RunNoise)]
            : throw new BadInputException(FormattableString.Invariant($"{examples:G6} examples do not suffice for {FewestSteps} steps of {smallest:G6}: allow more"));

        bool TryAdd(double rate, long steps)
        {
            var row = Row(rate, steps);
            var worth = rows.Count == 0 || row.RunNoise <= MostNoise * rows.Min(other => other.RunNoise);
            if (worth)
                rows.Add(row);
            return worth;
        }

        PlanRow Row(double rate, long steps)
        {
            var calibrated = Calibration.Calibrate(shape, epsilon, delta, rate, steps, relativeScale: RelativeNoise);
            var sigma = calibrated.Noise.StandardDeviation;
            var stepNoise = sigma * Math.Sqrt(dimension) / (rate * units);
            return new PlanRow(rate * units, rate, steps, calibrated.Noise.ToString(), sigma, stepNoise, stepNoise / Math.Sqrt(steps), calibrated.Epsilon);
        }
    }
}

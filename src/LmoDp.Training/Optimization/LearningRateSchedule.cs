namespace LmoDp.Training.Optimization;

/// <summary>The learning rate of each step: after the warm-up it falls in a straight line, and would be 0 just after the last step. No step has rate 0: each of them costs privacy.</summary>
public sealed class LearningRateSchedule
{
    private readonly int steps;
    private readonly int warmUp;

    /// <param name="peak">The largest learning rate, &gt; 0.</param>
    /// <param name="steps">Steps of the run, T &gt;= 1.</param>
    /// <param name="warmUp">The rate rises in a straight line over so many steps and reaches its peak at the last of them; 0 &lt;= warm-up &lt;= T.</param>
    /// <exception cref="BadInputException">A number is out of range.</exception>
    public LearningRateSchedule(double peak, int steps, int warmUp = 0)
    {
        if (!(peak > 0 && double.IsFinite(peak)))
            throw new BadInputException("the learning rate must be a positive number");
        if (steps < 1 || warmUp < 0 || warmUp > steps)
            throw new BadInputException("there must be at least one step, and no more warm-up steps than steps");
        (Peak, this.steps, this.warmUp) = (peak, steps, warmUp);
    }

    /// <summary>The schedule of a fine-tuning run.</summary>
    /// <param name="peak">The largest learning rate.</param>
    /// <param name="steps">T.</param>
    /// <param name="warmUpShare">The share of the steps over which it rises.</param>
    /// <exception cref="BadInputException">A number is out of range.</exception>
    public static LearningRateSchedule ForRun(double peak, int steps, double warmUpShare) => new(peak, steps, (int)Math.Round(warmUpShare * steps));

    /// <summary>The largest learning rate.</summary>
    public double Peak { get; }

    /// <summary>The rate of a step, 0 &lt;= step &lt; T.</summary>
    public double At(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, steps);
        return step < warmUp ? Peak * (step + 1) / warmUp : Peak * (steps - step) / (steps - warmUp);
    }
}

namespace LmoDp.Privacy.Accounting;

/// <summary>A composition's loss: one composition of distributions above it, one of distributions below it, and the probability that any loss is infinite.</summary>
internal sealed class BracketedLoss(ComposedLoss upper, ComposedLoss lower, double infinite)
{
    /// <summary>Upper bound on delta(epsilon).</summary>
    public double Upper(double epsilon) => Math.Min(upper.Delta(epsilon).Upper + infinite, 1);

    /// <summary>Lower bound on delta(epsilon).</summary>
    public double Lower(double epsilon) => lower.Delta(epsilon).Lower;
}

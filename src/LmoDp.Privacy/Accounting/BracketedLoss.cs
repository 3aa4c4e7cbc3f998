namespace LmoDp.Privacy.Accounting;

/// <summary>A composition's loss: one composition of distributions above it, one of distributions below it, and the probability that any loss is infinite.</summary>
internal sealed class BracketedLoss(ComposedLoss upper, ComposedLoss lower, double infinite)
{
    /// <summary>Upper bound on delta(epsilon); 1 where arithmetic fails.</summary>
    public double Upper(double epsilon) => upper.Delta(epsilon).Upper + infinite is var delta and < 1 ? delta : 1;

    /// <summary>Lower bound on delta(epsilon); 0 where arithmetic fails.</summary>
    public double Lower(double epsilon) => lower.Delta(epsilon).Lower is var delta and > 0 ? delta : 0;
}

namespace LmoDp.Privacy.Accounting;

/// <summary>A composition's loss: one composition of distributions above it, one of distributions below it, and the probability that any loss is infinite.</summary>
internal sealed class BracketedLoss(ComposedLoss upper, ComposedLoss lower, double infinite)
{
    /// <summary>Terms added up so far, over all sums.</summary>
    public double Work => upper.Work + lower.Work;

    /// <summary>Upper bound on delta(epsilon); 1 where arithmetic fails.</summary>
    public double Upper(double epsilon) => (upper.Delta(epsilon).Upper + infinite) * (1 + 4e-16) is var delta and < 1 ? delta : 1;

    /// <summary>About the slope of -log delta between an epsilon and one a distance above it, the mass at infinity not included.</summary>
    public double Slope(double epsilon, double distance) =>
        (Math.Log(Math.Max(upper.Delta(epsilon).Upper, 1e-320)) - Math.Log(Math.Max(upper.Delta(epsilon + distance).Upper, 1e-320))) / distance;

    /// <summary>Lower bound on delta(epsilon); 0 where arithmetic fails.</summary>
    public double Lower(double epsilon) => lower.LeastDelta(epsilon) is var delta and > 0 ? delta : 0;
}

namespace LmoDp.Privacy.Accounting;

/// <summary>One step's two grid distributions and how often the step is repeated.</summary>
internal readonly record struct RepeatedLoss(LossPmf Dominating, LossPmf Dominated, long Times);

/// <summary>The cyclic window of a composition: grid indices First to First + 2^LogSize - 1, and the slopes of the two Chernoff bounds at its ends.</summary>
internal readonly record struct LossWindow(long First, int LogSize, double SlopeBelow, double SlopeAbove)
{
    /// <summary>One past the last index.</summary>
    public long End => First + (1L << LogSize);
}

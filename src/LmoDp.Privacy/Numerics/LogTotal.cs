namespace LmoDp.Privacy.Numerics;

/// <summary>A sum of positive terms given by their logarithms.</summary>
internal struct LogTotal()
{
    private double top = double.NegativeInfinity;
    private double scaled;

    /// <summary>The logarithm of the sum so far.</summary>
    public readonly double Log => double.IsInfinity(top) ? top : top + Math.Log(scaled);

    /// <summary>Adds exp(log).</summary>
    public void Add(double log)
    {
        if (log <= top)
        {
            scaled += double.IsInfinity(log) ? 0 : Math.Exp(log - top);
            return;
        }
        scaled = double.IsPositiveInfinity(log) ? 1 : scaled * Math.Exp(top - log) + 1;
        top = log;
    }
}

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// The worst pair of output laws of one unsampled release, (P, Q) = (with, without) the example, through the law of its privacy loss l = log dP/dQ.
/// Every pair here is reflection-symmetric: l under P is distributed as -l under Q.
/// </summary>
internal abstract class DominatingPair
{
    /// <summary>sup l, equal to -inf l; +infinity where the loss is unbounded.</summary>
    public abstract double MaximumLoss { get; }

    /// <summary>The largest loss that is finite: +infinity where there is none. Different from <see cref="MaximumLoss"/> where infinity itself has mass.</summary>
    public virtual double LargestFiniteLoss => MaximumLoss;

    /// <summary>The losses from 0 up that have mass, where these are finitely many and exact; empty otherwise. Each stands for an outcome and its mirror image.</summary>
    public virtual IReadOnlyList<LossAtom> Atoms => [];

    /// <summary>The mass of an outcome that is its own mirror image; known where <see cref="Atoms"/> is not empty.</summary>
    public virtual double Middle => 0;

    /// <summary>P(l &gt; t) and Q(l &gt; t) for t &gt;= 0, with bounds on their absolute rounding errors.</summary>
    public abstract TailMass Above(double threshold);

    /// <summary>
    /// The masses of {l &lt;= t_0}, {t_0 &lt; l &lt;= t_1}, ..., {l &gt; t_last}; an outcome whose loss equals a threshold is in one of its two neighbours.
    /// Taken as differences on the side of 0 where the tails are small, so that their digits survive.
    /// </summary>
    /// <param name="thresholds">Ascending; may begin with -infinity.</param>
    public LossMasses Masses(ReadOnlySpan<double> thresholds)
    {
        var masses = new LossMasses(thresholds.Length + 1);
        var previous = default(TailMass);
        var wasNegative = true;
        for (var i = 0; i < thresholds.Length; i++)
        {
            var negative = thresholds[i] < 0;
            var tail = negative ? Above(-thresholds[i]).Reflected : Above(thresholds[i]);
            if (negative)
                masses.SetDifference(i, tail, previous);
            else if (wasNegative)
                masses.SetRemainder(i, previous, tail);
            else
                masses.SetDifference(i, previous, tail);
            previous = tail;
            wasNegative = negative;
        }
        if (wasNegative)
            masses.SetRemainder(thresholds.Length, previous, default);
        else
            masses.SetDifference(thresholds.Length, previous, default);
        return masses;
    }
}

/// <summary>Probabilities of one event under P and Q with bounds on their absolute errors.</summary>
internal readonly record struct TailMass(double P, double Q, double ErrorP, double ErrorQ)
{
    /// <summary>The event's mirror image: P and Q change places.</summary>
    public TailMass Reflected => new(Q, P, ErrorQ, ErrorP);
}

/// <summary>P- and Q-masses of consecutive intervals of the privacy loss, with bounds on their absolute errors.</summary>
internal sealed class LossMasses(int count)
{
    /// <summary>P-mass of each interval.</summary>
    public double[] P { get; } = new double[count];

    /// <summary>Q-mass of each interval.</summary>
    public double[] Q { get; } = new double[count];

    /// <summary>Error bounds for <see cref="P"/>.</summary>
    public double[] ErrorP { get; } = new double[count];

    /// <summary>Error bounds for <see cref="Q"/>.</summary>
    public double[] ErrorQ { get; } = new double[count];

    /// <summary>More than a probability below the range of a double is off by.</summary>
    private const double Underflow = 1e-320;

    internal void SetDifference(int index, TailMass larger, TailMass smaller)
    {
        P[index] = Math.Max(larger.P - smaller.P, 0);
        Q[index] = Math.Max(larger.Q - smaller.Q, 0);
        SetErrors(index, larger, smaller, 0);
    }

    internal void SetRemainder(int index, TailMass below, TailMass above)
    {
        P[index] = Math.Max(1 - below.P - above.P, 0);
        Q[index] = Math.Max(1 - below.Q - above.Q, 0);
        SetErrors(index, below, above, 4e-16);
    }

    private void SetErrors(int index, TailMass one, TailMass other, double rounding)
    {
        ErrorP[index] = one.ErrorP + other.ErrorP + rounding + Underflow;
        ErrorQ[index] = one.ErrorQ + other.ErrorQ + rounding + Underflow;
    }
}

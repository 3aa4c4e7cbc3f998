using LmoDp.Privacy.Accounting;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The subsampled pair of laws (P, Q) of one release, outcome by outcome, as a linear map of the weights of a <see cref="LatticeFrame"/> (Zhu, Dong, Wang 2022: removal
/// ((1-q) without + q with, without), addition (without, (1-q) without + q with)), and its transpose.
/// </summary>
internal sealed class LatticePairs
{
    private readonly double pWith;
    private readonly double pWithout;
    private readonly double qWith;
    private readonly double qWithout;

    /// <param name="frame">The lattice.</param>
    /// <param name="samplingRate">q.</param>
    /// <param name="adjacency">The direction.</param>
    public LatticePairs(LatticeFrame frame, double samplingRate, Adjacency adjacency)
    {
        Frame = frame;
        (pWith, pWithout, qWith, qWithout) = adjacency == Adjacency.Remove ? (samplingRate, 1 - samplingRate, 0.0, 1.0) : (0.0, 1.0, samplingRate, 1 - samplingRate);
    }

    /// <summary>The lattice.</summary>
    public LatticeFrame Frame { get; }

    /// <summary>The probabilities of all outcomes.</summary>
    public void Probabilities(ReadOnlySpan<double> weights, Span<double> p, Span<double> q)
    {
        for (var i = 0; i < p.Length; i++)
        {
            var outcome = Frame.Outcomes[i];
            var (with, without) = (outcome.WithFactor * weights[outcome.With], outcome.WithoutFactor * weights[outcome.Without]);
            (p[i], q[i]) = (pWith * with + pWithout * without, qWith * with + qWithout * without);
        }
    }

    /// <summary>Loss and probability under the first law of every outcome.</summary>
    public (double[] Losses, double[] Masses) Losses(ReadOnlySpan<double> weights)
    {
        var p = new double[Frame.Outcomes.Length];
        var q = new double[p.Length];
        Probabilities(weights, p, q);
        for (var i = 0; i < p.Length; i++)
            q[i] = Math.Log(p[i] / q[i]);
        return (q, p);
    }

    /// <summary>Adds the derivatives in the weights of a function of the outcomes, its gradient or the vector of rank one.</summary>
    public void Pull(ReadOnlySpan<PrivacyTerm.Derivatives> derivatives, Span<double> gradient, bool rank)
    {
        for (var i = 0; i < derivatives.Length; i++)
        {
            var outcome = Frame.Outcomes[i];
            ref readonly var at = ref derivatives[i];
            var (byP, byQ) = rank ? (at.RankP, at.RankQ) : (at.GradientP, at.GradientQ);
            gradient[outcome.With] += outcome.WithFactor * (byP * pWith + byQ * qWith);
            gradient[outcome.Without] += outcome.WithoutFactor * (byP * pWithout + byQ * qWithout);
        }
    }

    /// <summary>The two entries, for its places, of the row whose square is an outcome's part of the Hessian.</summary>
    public (double With, double Without) Row(int index, in PrivacyTerm.Derivatives at)
    {
        var outcome = Frame.Outcomes[index];
        return (outcome.WithFactor * (at.CurvatureP * pWith + at.CurvatureQ * qWith), outcome.WithoutFactor * (at.CurvatureP * pWithout + at.CurvatureQ * qWithout));
    }
}

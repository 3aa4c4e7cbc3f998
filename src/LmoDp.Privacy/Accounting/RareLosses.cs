using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// What happens where no loss exceeds a cut is left to Chernoff's bound: (w^(*T) - y^(*T)) is composed, y the part of the weights w up to the cut. Where a few large losses
/// decide (small q), no tilt makes them probable, and w^(*T) would lose them in rounding; the difference is a sum of products with at least one large loss, each to its own digits
/// (<see cref="PowerDifference"/>).
/// </summary>
/// <param name="Cut">The largest grid index that is not beyond the cut.</param>
/// <param name="Slope">Of Chernoff's bound on the composition of y, positive.</param>
internal readonly record struct RareLosses(long Cut, double Slope)
{
    private const double Unit = 1.1102230246251565e-16;

    /// <summary>
    /// Upper bound on log(sum of T_g M_z / M_w), M the moments at a slope of all weights and of those beyond the cut: M_w^T - M_y^T is at most that sum times M_w^T. It holds together with the upper bounds
    /// on M_w of which T_g &gt;= 1 are multiplied: one of them is divided out again.
    /// </summary>
    public double LogShare(TiltedLoss[] losses, long[] times, double slope)
    {
        var log = double.NegativeInfinity;
        for (var g = 0; g < losses.Length; g++)
        {
            var share = new UpperSum();
            share.Add(Math.Log(times[g]));
            share.Add(losses[g].LogMomentBeyond(slope, Cut));
            share.Add(-losses[g].LogMoment(slope));
            if (double.IsNegativeInfinity(share.Value))
                continue;
            // log(1 + e^-d), at most log 2, is off by at most 7 u, the sum by u more of itself.
            log = Elementary.LogSum(log, share.Value);
            log += 8 * Unit * (1 + Math.Abs(log));
        }
        return log;
    }

    /// <summary>log of Chernoff's bound on what y alone adds to delta(epsilon), but for the factor e^(-slope epsilon).</summary>
    /// <param name="losses">The weights.</param>
    /// <param name="times">Repetitions.</param>
    /// <param name="theta">The weights' tilt.</param>
    public double LogWithin(TiltedLoss[] losses, long[] times, double theta)
    {
        var log = new UpperSum();
        log.Add(ExceedanceKernel.LogLargestWeight(Slope));
        for (var g = 0; g < losses.Length; g++)
        {
            // Apart, lest their own rounding, which may be much more than that of their sum, be forgotten.
            log.Add(times[g] * losses[g].LogMomentWithin(Slope - theta, Cut));
            log.Add(times[g] * losses[g].LogScale);
        }
        return log.Value;
    }
}

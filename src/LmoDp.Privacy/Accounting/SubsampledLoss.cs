using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>The two ways in which neighbouring data sets differ.</summary>
internal enum Adjacency
{
    /// <summary>(with, without): the pair ((1-q) Q + q P, Q).</summary>
    Remove,

    /// <summary>(without, with): the pair (Q, (1-q) Q + q P), by reflection that of (P, (1-q) P + q Q).</summary>
    Add,
}

/// <summary>
/// Poisson subsampling of a symmetric pair (Zhu, Dong, Wang 2022, Theorem 11 and Proposition 30). The loss of the removal pair is L = log(1 - q + q e^l), increasing in
/// the unsampled loss l, and that of the addition pair is -L, so one set of masses of l serves both.
/// </summary>
internal sealed class SubsampledLoss(DominatingPair pair, double samplingRate)
{
    /// <summary>Whether removal and addition are the same pair.</summary>
    public bool IsSymmetric => samplingRate == 1;

    /// <summary>The largest loss in a direction.</summary>
    public double Maximum(Adjacency adjacency) => adjacency == Adjacency.Remove ? Subsampled(pair.MaximumLoss) : -Subsampled(-pair.MaximumLoss);

    /// <summary>L as a function of l.</summary>
    public double Subsampled(double loss) => Subsampled(loss, samplingRate);

    /// <summary>log(1 - q + q e^l), accurate at l = 0 and for any size of l.</summary>
    public static double Subsampled(double loss, double samplingRate)
    {
        if (samplingRate == 1)
            return loss;
        return loss > 30 ? loss + Math.Log(samplingRate) + Elementary.Log1p((1 - samplingRate) / samplingRate * Math.Exp(-loss))
            : Elementary.Log1p(samplingRate * Elementary.Expm1(loss));
    }

    /// <summary>l as a function of L; -infinity at and below log(1 - q).</summary>
    public double Unsampled(double loss)
    {
        if (samplingRate == 1)
            return loss;
        if (loss > 30)
            return loss - Math.Log(samplingRate) + Elementary.Log1p(-(1 - samplingRate) * Math.Exp(-loss));
        var ratio = Elementary.Expm1(loss) / samplingRate;
        return ratio <= -1 ? double.NegativeInfinity : Elementary.Log1p(ratio);
    }

    /// <summary>The smallest found t &gt;= 0 with P(l &gt; t) or Q(l &gt; t) at most the given mass.</summary>
    /// <param name="mass">Mass to leave beyond t.</param>
    /// <param name="underP">P or Q.</param>
    public double TailPoint(double mass, bool underP)
    {
        double Tail(double threshold) => underP ? pair.Above(threshold).P : pair.Above(threshold).Q;
        var high = 1.0;
        while (Tail(high) > mass)
            high *= 2;
        var low = 0.0;
        while (high - low > 1e-3 * high)
        {
            var middle = (low + high) / 2;
            if (Tail(middle) > mass)
                low = middle;
            else
                high = middle;
        }
        return Math.Min(high, pair.MaximumLoss);
    }

    /// <summary>
    /// Atoms (loss, mass under the first law) of the pair merged over intervals of l: not a bound, the design of grid and tilt rests on it. Losses of the removal pair;
    /// those of the addition pair are their negatives with the second law's masses.
    /// </summary>
    /// <param name="range">Unsampled losses beyond it are one atom on each side.</param>
    /// <param name="count">Number of intervals.</param>
    public (double[] Losses, double[] Removal, double[] Addition) Sketch(double range, int count)
    {
        var thresholds = new double[count + 1];
        for (var i = 0; i <= count; i++)
            thresholds[i] = range * (2.0 * i / count - 1);
        var masses = pair.Masses(thresholds);
        var losses = new double[count + 2];
        var removal = new double[count + 2];
        for (var i = 0; i < count + 2; i++)
        {
            var low = i == 0 ? -range : thresholds[i - 1];
            var high = i > count ? range : thresholds[i];
            losses[i] = Subsampled(masses.P[i] > 1e-290 && masses.Q[i] > 1e-290 ? Math.Clamp(Math.Log(masses.P[i] / masses.Q[i]), low, high) : (low + high) / 2);
            removal[i] = (1 - samplingRate) * masses.Q[i] + samplingRate * masses.P[i];
        }
        return (losses, removal, masses.Q);
    }

    /// <summary>The removal grid's first and last index for a step: from the least loss (or where q = 1 from a tail point) to a tail point.</summary>
    public (int First, int Last) Range(double step, double upperTail, double lowerTail)
    {
        var first = samplingRate == 1 ? -lowerTail : Math.Max(Elementary.Log1p(-samplingRate), Subsampled(-lowerTail));
        return (checked((int)Math.Floor(first / step)) - 1, checked((int)Math.Ceiling(Subsampled(upperTail) / step)) + 1);
    }

    /// <summary>The masses of L on half cells of the grid: thresholds step * (first + i / 2) up to last.</summary>
    public LossMasses HalfCells(double step, int first, int last)
    {
        var thresholds = new double[2 * (last - first) + 1];
        for (var i = 0; i < thresholds.Length; i++)
            thresholds[i] = Unsampled(step * (first + 0.5 * i));
        return pair.Masses(thresholds);
    }

    /// <summary>The cells of one direction from the half cells of the removal grid.</summary>
    public LossCells Cells(LossMasses halves, double step, int first, int last, Adjacency adjacency) =>
        adjacency == Adjacency.Remove ? Removal(halves, step, first, last) : Addition(halves, step, first, last);

    private LossCells Removal(LossMasses halves, double step, int first, int last)
    {
        var q = samplingRate;
        var cells = new LossCells(step, first, last);
        cells.Below = Mixture(halves, 0);
        cells.Above = Mixture(halves, halves.P.Length - 1);
        for (var i = 0; i < cells.Count; i++)
        {
            var excess = Elementary.Expm1(step * (first + i));
            HalfCell Half(int k)
            {
                var (p, r) = (halves.P[k], halves.Q[k]);
                var mass = Mixture(halves, k);
                var error = q * halves.ErrorP[k] + Math.Abs(q + excess) * halves.ErrorQ[k]
                    + Rounding * (q * (p + r) + r * (Math.Abs(excess) + q * Rounding));
                return new HalfCell(mass.Value, mass.Error, q * (p - r) - r * excess, error);
            }
            cells.Set(i, Half(2 * i + 1), Half(2 * i + 2));
        }
        return cells;
    }

    private LossCells Addition(LossMasses halves, double step, int first, int last)
    {
        var q = samplingRate;
        var cells = new LossCells(step, -last, -first);
        var end = halves.P.Length - 1;
        cells.Below = (halves.Q[end], halves.ErrorQ[end]);
        cells.Above = (halves.Q[0], halves.ErrorQ[0]);
        for (var i = 0; i < cells.Count; i++)
        {
            var excess = Elementary.Expm1(step * (i - last));
            var weight = q * (1 + excess);
            HalfCell Half(int k)
            {
                var (p, r) = (halves.P[k], halves.Q[k]);
                var error = weight * halves.ErrorP[k] + Math.Abs(weight - excess) * halves.ErrorQ[k]
                    + Rounding * (weight * (p + r) + r * Math.Abs(excess));
                return new HalfCell(r, halves.ErrorQ[k], weight * (r - p) - r * excess, error);
            }
            cells.Set(i, Half(end - 1 - 2 * i), Half(end - 2 - 2 * i));
        }
        return cells;
    }

    /// <summary>Twice the rounding of a few operations, and the misplacement of a threshold by the same relative amount.</summary>
    private const double Rounding = 4e-15;

    private (double Value, double Error) Mixture(LossMasses masses, int k) =>
        ((1 - samplingRate) * masses.Q[k] + samplingRate * masses.P[k], (1 - samplingRate) * masses.ErrorQ[k] + samplingRate * masses.ErrorP[k]);
}

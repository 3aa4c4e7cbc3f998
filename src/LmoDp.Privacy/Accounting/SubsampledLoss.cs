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
internal sealed class SubsampledLoss
{
    private readonly DominatingPair pair;
    private readonly DominatingPair lowerPair;
    private readonly double samplingRate;
    private readonly double maximumLoss;

    /// <param name="pair">The unsampled pair.</param>
    /// <param name="samplingRate">q.</param>
    public SubsampledLoss(DominatingPair pair, double samplingRate) : this(pair, pair, pair.MaximumLoss, samplingRate)
    {
    }

    /// <param name="upper">A pair that dominates the unsampled one.</param>
    /// <param name="lower">A pair that it dominates.</param>
    /// <param name="maximumLoss">The largest unsampled loss.</param>
    /// <param name="samplingRate">q.</param>
    public SubsampledLoss(DominatingPair upper, DominatingPair lower, double maximumLoss, double samplingRate)
    {
        (pair, lowerPair) = (upper, lower);
        (this.maximumLoss, this.samplingRate) = (maximumLoss, samplingRate);
    }

    /// <summary>Whether one unsampled pair is known, not two around it.</summary>
    public bool IsExact => ReferenceEquals(pair, lowerPair);

    /// <summary>Whether the unsampled pair is known from a grid, which can be made finer.</summary>
    public bool IsOnGrid => !IsExact && pair.Atoms.Count == 0;

    /// <summary>Whether removal and addition are the same pair.</summary>
    public bool IsSymmetric => samplingRate == 1;

    /// <summary>The largest loss in a direction.</summary>
    public double Maximum(Adjacency adjacency) => adjacency == Adjacency.Remove ? Subsampled(maximumLoss) : -Subsampled(-maximumLoss);

    /// <summary>L as a function of l.</summary>
    public double Subsampled(double loss) => Subsampled(loss, samplingRate);

    /// <summary>log(1 - q + q e^l), accurate at l = 0 and for any size of l.</summary>
    public static double Subsampled(double loss, double samplingRate)
    {
        if (samplingRate == 1)
            return loss;
        return loss > 700 ? loss + Math.Log(samplingRate) + Elementary.Log1p((1 - samplingRate) / samplingRate * Math.Exp(-loss))
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

    /// <summary>All losses of a direction that have mass (of the pairs above and below), with about their mass under its first law, where they are finitely many and known exactly; empty otherwise.</summary>
    public LossAtom[] Atoms(Adjacency adjacency)
    {
        if (pair.Atoms.Count == 0)
            return [];
        // P- and Q-mass of an outcome are those of its mirror image under Q and P.
        LossAtom Atom(double loss, double p, double q) =>
            adjacency == Adjacency.Remove ? new LossAtom(Subsampled(loss), (1 - samplingRate) * q + samplingRate * p) : new LossAtom(-Subsampled(loss), q);
        var atoms = IsExact ? pair.Atoms : pair.Atoms.Concat(lowerPair.Atoms);
        return [.. atoms.SelectMany(atom => new[] { Atom(atom.Loss, atom.Mass, atom.Mass * Math.Exp(-atom.Loss)), Atom(-atom.Loss, atom.Mass * Math.Exp(-atom.Loss), atom.Mass) }).Append(new LossAtom(0, 0))];
    }

    /// <summary>A t &gt;= 0, near the smallest, beyond which removal's first law has at most the given mass.</summary>
    public double UpperTail(double mass) => TailPoint(tail => (1 - samplingRate) * tail.Q + samplingRate * tail.P, mass);

    /// <summary>A t &gt;= 0 such that {l &lt; -t} has at most the given mass under addition's first law, which is that event's second law here and by reflection P(l &gt; t); where q = 1, under removal's.</summary>
    public double LowerTail(double mass) => TailPoint(tail => IsSymmetric ? tail.Q : tail.P, mass);

    private double TailPoint(Func<TailMass, double> massOf, double mass)
    {
        var (low, high) = (0.0, 1.0);
        while (high < pair.LargestFiniteLoss && massOf(pair.Above(high)) > mass)
            (low, high) = (high, 2 * high);
        while (high - low > 1e-3 * high)
        {
            var middle = (low + high) / 2;
            (low, high) = massOf(pair.Above(middle)) > mass ? (middle, high) : (low, middle);
        }
        return Math.Min(high, pair.LargestFiniteLoss);
    }

    /// <summary>
    /// Atoms (loss, mass under the first law) of a direction's pair merged over intervals of l: not a bound, the design of grid and tilt rests on it.
    /// </summary>
    /// <param name="range">Unsampled losses beyond it are one atom on each side.</param>
    /// <param name="count">Number of intervals.</param>
    /// <param name="adjacency">Direction.</param>
    /// <returns>Losses, ascending, and masses.</returns>
    public (double[] Losses, double[] Masses) Sketch(double range, int count, Adjacency adjacency)
    {
        // Towards both ends ever narrower: a density there is not to pass for an atom, nor the largest loss for a smaller one.
        const int narrower = 40;
        var thresholds = new double[count + 1];
        var width = 2 * range / (count - 2 * narrower);
        for (var i = 0; i <= count / 2; i++)
        {
            var distance = i == 0 ? 0 : i <= narrower ? width * Math.Pow(0.5, narrower + 1 - i) : width * (i - narrower);
            (thresholds[i], thresholds[count - i]) = (distance - range, range - distance);
        }
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
        // Removal losses beyond the range are cut off and count as infinite; addition has none.
        removal[^1] = 0;
        return adjacency == Adjacency.Remove ? (losses, removal) : ([.. losses.Select(loss => -loss).Reverse()], [.. masses.Q.Reverse()]);
    }

    /// <summary>
    /// Bounds on the delta of one step, exact but for rounding (Balle, Barthe, Gaboardi 2018, Theorem 2): removal has q (P - e^t Q)(l &gt; t) with e^epsilon = 1 - q + q e^t, addition
    /// by reflection (1 - (1 - q) e^epsilon) P(l &gt; s) - q e^epsilon Q(l &gt; s) with e^-epsilon = 1 - q + q e^-s.
    /// </summary>
    /// <param name="epsilon">At least 0.</param>
    /// <param name="adjacency">Direction.</param>
    public Bounds Delta(double epsilon, Adjacency adjacency) => IsExact
        ? Delta(pair, epsilon, adjacency)
        : new Bounds(Delta(pair, epsilon, adjacency).Upper, Delta(lowerPair, epsilon, adjacency).Lower);

    private Bounds Delta(DominatingPair from, double epsilon, Adjacency adjacency)
    {
        // By reflection; what is below for addition loses digits where its growth is not bounded by 1 / (1 - q).
        if (IsSymmetric)
            adjacency = Adjacency.Remove;
        var q = samplingRate;
        var growth = Math.Exp(epsilon);
        var threshold = adjacency == Adjacency.Remove ? Unsampled(epsilon) : -Unsampled(-epsilon);
        if (!(threshold < from.MaximumLoss))
            return Bounds.Exactly(0);
        var tail = from.Above(threshold);
        if (adjacency == Adjacency.Remove && (double.IsInfinity(growth) || tail.Q < 1e-290))
            return FarDelta(from, threshold);
        var (p, r) = adjacency == Adjacency.Remove ? (q, growth - (1 - q)) : (1 - (1 - q) * growth, q * growth);
        var delta = p * tail.P - r * tail.Q;
        // At a threshold that is off by d, the masses between are weighed wrongly by a factor of at most d.
        var error = p * tail.ErrorP + r * tail.ErrorQ
            + 1e-15 * (p * tail.P + r * tail.Q) * (4 + Math.Abs(threshold)) + 1e-15 * growth * (adjacency == Adjacency.Remove ? tail.Q : tail.P);
        return new Bounds(Math.Clamp(delta + error, 0, 1), Math.Clamp(delta - error, 0, 1));
    }

    /// <summary>
    /// The same where the second law's mass is too small for a double: (P - e^t Q)(l &gt; t) is the integral of e^-s P(l &gt; t + s) over s &gt; 0, which step functions bracket.
    /// </summary>
    private Bounds FarDelta(DominatingPair from, double threshold)
    {
        const double width = 0.05, farthest = 40;
        var (upper, lower, last) = (0.0, 0.0, from.Above(threshold));
        for (var s = width; s < farthest; s += width)
        {
            var next = from.Above(threshold + s);
            var weight = Math.Exp(width - s) * Exponential.Fall(width);
            upper += weight * (last.P + last.ErrorP);
            lower += weight * Math.Max(next.P - next.ErrorP, 0);
            last = next;
        }
        upper += Math.Exp(-farthest + 2 * width) * (last.P + last.ErrorP);
        return new Bounds(Math.Min(samplingRate * upper * (1 + 1e-12), 1), samplingRate * lower * (1 - 1e-12));
    }

    /// <summary>The losses of a direction that a grid must cover: from the least loss (or where q = 1 from a tail point) to a tail point.</summary>
    /// <param name="upperTail">Unsampled loss above which the first law's mass is given up.</param>
    /// <param name="lowerTail">Minus the unsampled loss below which the second law's mass is.</param>
    /// <param name="adjacency">Direction.</param>
    public (double First, double Last) Range(double upperTail, double lowerTail, Adjacency adjacency)
    {
        var first = samplingRate == 1 ? -lowerTail : Math.Max(Elementary.Log1p(-samplingRate), Subsampled(-lowerTail));
        var last = Subsampled(upperTail);
        return adjacency == Adjacency.Remove ? (first, last) : (-last, -first);
    }

    /// <summary>The grid distributions of one direction above and below.</summary>
    /// <param name="grid">Knots, in the losses of this direction.</param>
    /// <param name="adjacency">Direction.</param>
    public (LossPmf Dominating, LossPmf Dominated) OnGrid(LossGrid grid, Adjacency adjacency)
    {
        var bounds = grid.HalfCellBounds();
        if (adjacency == Adjacency.Add)
        {
            Array.Reverse(bounds);
            for (var i = 0; i < bounds.Length; i++)
                bounds[i] = -bounds[i];
        }
        for (var i = 0; i < bounds.Length; i++)
            bounds[i] = Unsampled(bounds[i]);
        LossCells Cells(DominatingPair from) =>
            adjacency == Adjacency.Remove ? Removal(from.Masses(bounds), grid) : Addition(from.Masses(bounds), grid);
        var cells = Cells(pair);
        return (cells.Dominating(), (IsExact ? cells : Cells(lowerPair)).Dominated());
    }

    private LossCells Removal(LossMasses halves, LossGrid grid)
    {
        var q = samplingRate;
        var cells = new LossCells(grid) { Below = Mixture(halves, 0), Above = Mixture(halves, halves.P.Length - 1) };
        for (var i = 0; i < cells.Count; i++)
        {
            var excess = Elementary.Expm1(grid.Loss(i));
            HalfCell Half(int k)
            {
                var (p, r) = (halves.P[k], halves.Q[k]);
                var mass = Mixture(halves, k);
                var error = q * halves.ErrorP[k] + Math.Abs(q + excess) * halves.ErrorQ[k]
                    + Rounding * (1 + Math.Abs(grid.Loss(i))) * (q * (p + r) + r * Math.Abs(excess));
                return new HalfCell(mass.Value, mass.Error, q * (p - r) - r * excess, error);
            }
            cells.Set(i, Half(2 * i + 1), Half(2 * i + 2));
        }
        return cells;
    }

    private LossCells Addition(LossMasses halves, LossGrid grid)
    {
        var q = samplingRate;
        var end = halves.P.Length - 1;
        var cells = new LossCells(grid) { Below = (halves.Q[end], halves.ErrorQ[end]), Above = (halves.Q[0], halves.ErrorQ[0]) };
        for (var i = 0; i < cells.Count; i++)
        {
            var excess = Elementary.Expm1(grid.Loss(i));
            var weight = q * (1 + excess);
            HalfCell Half(int k)
            {
                var (p, r) = (halves.P[k], halves.Q[k]);
                var error = weight * halves.ErrorP[k] + Math.Abs(weight - excess) * halves.ErrorQ[k]
                    + Rounding * (1 + Math.Abs(grid.Loss(i))) * (weight * (p + r) + r * Math.Abs(excess));
                return new HalfCell(r, halves.ErrorQ[k], weight * (r - p) - r * excess, error);
            }
            cells.Set(i, Half(end - 1 - 2 * i), Half(end - 2 - 2 * i));
        }
        return cells;
    }

    /// <summary>Twice the rounding of a few operations, and the misplacement of a threshold by the same amount relative to 1 + |loss|.</summary>
    private const double Rounding = 4e-15;

    private (double Value, double Error) Mixture(LossMasses masses, int k) =>
        ((1 - samplingRate) * masses.Q[k] + samplingRate * masses.P[k], (1 - samplingRate) * masses.ErrorQ[k] + samplingRate * masses.ErrorP[k]);
}

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// K releases from one draw, before subsampling: the K-fold composition of one release's pair, bracketed by two pairs. Where the losses are so few that their sums can be listed,
/// these are the sums themselves; otherwise one release's distributions on a grid, from above and from below, convolved term by term.
/// </summary>
internal static class SelfComposition
{
    /// <summary>The most releases from one draw that are accounted for.</summary>
    public const int MostReleases = 1024;

    /// <summary>Knots above 0 of the K-fold distribution, for a first look and at most: the work grows like their square.</summary>
    public const int FewestKnots = 1 << 12, MostKnots = 1 << 15;

    private const int SketchSize = 1200;

    /// <summary>More than all products that are too small for a double can add up to.</summary>
    private const double Underflow = 1e-312;

    /// <summary>Pairs above and below the K-fold composition.</summary>
    /// <param name="pair">One release.</param>
    /// <param name="count">K, 2 to <see cref="MostReleases"/>.</param>
    /// <param name="tail">P-mass of the largest sums that may be given up (counted as infinite above, left out below): far below the delta of interest.</param>
    /// <param name="knots">Knots above 0, where a grid is used.</param>
    public static (AtomicPair Upper, AtomicPair Lower) Of(DominatingPair pair, int count, double tail, int knots) =>
        SumsOfAtoms.Of(pair, count, 1, tail) is { } upper && SumsOfAtoms.Of(pair, count, -1, tail) is { } lower ? (upper, lower) : OnGrid(pair, count, tail, knots);

    private static (AtomicPair Upper, AtomicPair Lower) OnGrid(DominatingPair pair, int count, double tail, int knots)
    {
        var loss = new SubsampledLoss(pair, 1);
        var largest = loss.UpperTail(tail / count);
        var (losses, masses) = loss.Sketch(largest, SketchSize, Adjacency.Remove);
        var sketch = new LossSketch([(losses, masses, count)]);
        // At least one loss, whatever the sketch says.
        var range = Math.Clamp(sketch.Tail(0, Math.Max(sketch.StandardDeviation(0), 1e-6 * largest), Math.Log(tail), 1).Point, largest, count * largest);
        var step = Aligned(pair, range / knots);
        // Every release may be rounded up by one step.
        var (top, widest) = ((long)Math.Ceiling(range / step) + count, (long)Math.Ceiling(largest / step) + 1);
        // P(sum < -a) <= e^-a, as for any privacy loss.
        var bottom = -(long)Math.Min(top, Math.Ceiling(-Math.Log(tail) / step));
        var (upper, lower) = loss.OnGrid(new LossGrid(step, [.. Enumerable.Range(0, (int)(2 * widest + 1)).Select(i => i - widest)]), Adjacency.Remove);
        return (Power(upper, GridSum.Rounding.Up), Power(lower, GridSum.Rounding.Down));

        AtomicPair Power(LossPmf one, GridSum.Rounding rounding)
        {
            var sum = new GridSum(-widest, one.Masses, one.Infinity, rounding).Times(count, bottom, top, 1);
            LossAtom[] atoms = [.. sum.Masses.Select((mass, i) => new LossAtom(step * (sum.First + i), mass))];
            return rounding == GridSum.Rounding.Up ? new AtomicPair(atoms, sum.Infinity + Underflow) : AtomicPair.FromBelow(atoms);
        }
    }

    /// <summary>A slightly smaller step that puts the loss with the most mass, if there is one, or else the largest, a hair above a knot, so that no rounding can place it below.</summary>
    private static double Aligned(DominatingPair pair, double step)
    {
        var heaviest = pair.Atoms.Count > 0 ? pair.Atoms.MaxBy(atom => atom.Mass).Loss : pair.LargestFiniteLoss;
        var count = Math.Ceiling(heaviest / step);
        return heaviest >= step && count < 1e9 ? heaviest / count * (1 - 1e-12) : step;
    }
}

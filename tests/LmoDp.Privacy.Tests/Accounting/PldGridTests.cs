using CsCheck;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>One step on a grid: the two polygons lie on either side of the privacy profile, whatever the knots.</summary>
public class PldGridTests
{
    private static readonly DominatingPair[] Pairs =
    [
        new ShiftPair(new GaussianLaw(1.3), 1),
        new ShiftPair(new GaussianLaw(0.06), 1),
        new ShiftPair(new LaplaceLaw(0.7), 1),
        new ShiftPair(new GeneralisedGaussianLaw(2, 1.3), 1),
        // Half of the mass is near the largest loss, where the loss has a density but no atom.
        new ShiftPair(new LmoLaw(new GammaComponent(0.1, 1, 0.5), new ExponentialComponent(0.1, 5), new UniformComponent(0.1, 5, 6)), 1),
        new ShiftPair(new LmoLaw(new GammaComponent(0.5, 0.7, 0.5), null, new UniformComponent(0.1, 0, 2)), 1),
        new LatticePair(LatticeRounding.Round(new GaussianLaw(1), 3)),
        SelfComposition.Of(new ShiftPair(new LaplaceLaw(1), 1), 3, 1e-45, 1 << 13).Upper,
    ];

    [Fact]
    public void The_polygons_enclose_the_profile_at_any_knots()
    {
        Gen.Select(Gen.Int[0, Pairs.Length - 1], Gen.Int[0, 4], Gen.Bool, Gen.Double[0.5, 4], Gen.Int[2, 40].Array[3, 60]).ForAll((which, rate, removal, fineness, widths) =>
        {
            var loss = new SubsampledLoss(Pairs[which], rate == 4 ? 1 : Math.Pow(10, -2 * rate) * 0.9);
            var adjacency = removal ? Adjacency.Remove : Adjacency.Add;
            var (first, last) = loss.Range(loss.UpperTail(1e-14), loss.LowerTail(1e-14), adjacency);
            // Every third cell is as narrow as the lattice, the last ones too: atoms and largest losses lie at any place of a cell.
            var step = (last - first) / widths.Sum() * fineness;
            var knots = new List<long> { (long)Math.Floor(first / step) };
            for (var i = 0; knots[^1] * step < last; i++)
                knots.Add(knots[^1] + (i % 3 == 0 ? 1 : widths[i % widths.Length]));
            var grid = new LossGrid(step, [.. knots]);
            var (above, below) = loss.OnGrid(grid, adjacency);
            for (var i = 0; i < 200; i++)
            {
                var epsilon = first + (last - first) * (i + 0.37) / 200;
                var exact = Exact(loss, adjacency, epsilon);
                var at = FormattableString.Invariant($"pair {which} at epsilon {epsilon:R}");
                Assert.True(Profile(above, epsilon) >= exact.Lower * (1 - 1e-12) - 1e-15, $"{at}: {Profile(above, epsilon):R} is not above {exact}");
                Assert.True(Profile(below, epsilon) <= exact.Upper * (1 + 1e-12) + (epsilon < 0 ? 1e-14 : 0), $"{at}: {Profile(below, epsilon):R} is not below {exact}");
            }
        }, cases: 300);
    }

    [Fact]
    public void A_polygon_that_ends_early_loses_nothing_further_down()
    {
        // 60 cells for a law with half of its mass at the top: what the last cells cannot give must not be missing at lower losses.
        var loss = new SubsampledLoss(Pairs[4], 1e-3);
        var (first, last) = loss.Range(loss.UpperTail(0), loss.LowerTail(0), Adjacency.Remove);
        var step = last / 30 * (1 - 1e-13);
        var grid = new LossGrid(step, [.. Enumerable.Range(-31, 63).Select(i => (long)i)]);
        var (_, below) = loss.OnGrid(grid, Adjacency.Remove);
        var exact = loss.Delta(0, Adjacency.Remove).Lower;

        Assert.True(first > -31 * step);
        Assert.InRange(Profile(below, 0), exact * (1 - 1e-3), exact);
    }

    private static double Profile(LossPmf pmf, double epsilon)
    {
        var delta = pmf.Infinity;
        for (var i = 0; i < pmf.Masses.Length; i++)
            if (pmf.Loss(i) > epsilon)
                delta -= pmf.Masses[i] * Math.Exp(epsilon - pmf.Loss(i)) - pmf.Masses[i];
        return delta;
    }

    /// <summary>Below 0 by exchange of the laws: D of (P, Q) at x is 1 - x + x D of (Q, P) at 1/x.</summary>
    private static Bounds Exact(SubsampledLoss loss, Adjacency adjacency, double epsilon)
    {
        if (epsilon >= 0)
            return loss.Delta(epsilon, adjacency);
        var exchanged = loss.Delta(-epsilon, adjacency == Adjacency.Remove ? Adjacency.Add : Adjacency.Remove);
        var x = Math.Exp(epsilon);
        return new Bounds(1 - x + x * exchanged.Upper, 1 - x + x * exchanged.Lower);
    }
}

using System.Numerics;
using CsCheck;
using LmoDp.Privacy.Accounting;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The composition of a distribution on a grid, with and without a cut for rare large losses, against convolution with exact integers.</summary>
public class ComposedLossTests
{
    private const double Step = 1.0 / 64;

    /// <summary>Units of masses: 2^-320, so that every double above 1e-80 is a whole number.</summary>
    private const int Bits = 320;

    /// <summary>Small losses of both signs and a few large ones, the likeliest of them with mass down to 1e-60: only one or two can reach epsilon.</summary>
    private static readonly Gen<(int[] Knots, double[] Masses)> Losses = Gen.Select(Gen.Int[2, 12], Gen.Int[1, 10], Gen.Int[1, 1000].Array[22], Gen.Int[8, 60]).Select((small, large, shares, rarity) =>
    {
        int[] knots = [.. Enumerable.Range(-small / 2, small), .. Enumerable.Range(120, large).Select(i => i + shares[i - 120] / 100).Distinct().Order()];
        double[] masses = [.. Enumerable.Range(0, knots.Length).Select(i => shares[i] * (i < small ? 1 : Math.Pow(10, -rarity)))];
        var total = masses.Sum();
        return (knots, (double[])[.. masses.Select(mass => mass / total)]);
    });

    [Fact]
    public void A_cut_keeps_the_digits_of_rare_large_losses()
    {
        var widest = 0.0;
        Gen.Select(Losses, Gen.Int[2, 8], Gen.Int[40, 200], Gen.Int[1, 4]).ForAll((law, times, threshold, tilt) =>
        {
            var epsilon = Step * (threshold + 0.37);
            var exact = Delta(law.Knots, law.Masses, times, epsilon);
            // The likely losses are within 6 steps of the grid: where they alone cannot reach epsilon, what they add is as small as this slope is steep.
            var cut = new RareLosses(60, 60_000);

            var (upper, lower) = Compose(law.Knots, law.Masses, times, tilt, cut, Wide);
            var bounds = new Bounds(upper.Delta(epsilon).Upper, lower.Delta(epsilon).Lower);

            Brackets.Holds(bounds, exact, 1, FormattableString.Invariant($"{times} steps, epsilon {epsilon:R}"), 1e-14);
            if (6 * times < threshold && threshold < 120 - 6 * times)
                widest = Math.Max(widest, bounds.RelativeWidth);
        }, 100);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"widest: {widest:E1}"));
        Assert.InRange(widest, 1e-14, 1e-9);
    }

    [Fact]
    public void Without_a_cut_it_is_bracketed_too()
    {
        Gen.Select(Losses, Gen.Int[2, 8], Gen.Int[-20, 200], Gen.Int[1, 20]).ForAll((law, times, threshold, tilt) =>
        {
            var epsilon = Step * (threshold + 0.37);

            var (upper, lower) = Compose(law.Knots, law.Masses, times, tilt, null, Wide);

            Brackets.Holds(new Bounds(upper.Delta(epsilon).Upper, lower.LeastDelta(epsilon)), Delta(law.Knots, law.Masses, times, epsilon), 1, FormattableString.Invariant($"{times} steps, epsilon {epsilon:R}"), 1e-14);
        }, 100);
    }

    /// <summary>Where large losses lie beyond the window, or the likely ones reach epsilon by themselves (the cut may be beyond all losses), the bounds on what is left out are nearly all there is.</summary>
    [Fact]
    public void What_a_window_or_a_cut_leaves_out_is_in_the_bounds()
    {
        var (useful, cases) = (0, 200);
        Gen.Select(Losses, Gen.Int[2, 8], Gen.Int[0, 200], Gen.Int[0, 3 * 4 * 4 - 1]).ForAll((law, times, threshold, which) =>
        {
            var epsilon = Step * (threshold + 0.37);
            var exact = Delta(law.Knots, law.Masses, times, epsilon);
            var (slope, logSize, cut) = (Math.Pow(4, which % 4), 6 + which / 4 % 4, (which / 16) switch { 0 => 200, 1 => 60, _ => -1 });
            var window = new LossWindow(-30, logSize, -slope, slope);

            var (upper, lower) = Compose(law.Knots, law.Masses, times, 2, cut < 0 ? null : new RareLosses(cut, 2 * slope), window);
            var bounds = new Bounds(upper.Delta(epsilon).Upper, lower.LeastDelta(epsilon));

            Brackets.Holds(bounds, exact, 1, FormattableString.Invariant($"{times} steps, epsilon {epsilon:R}, {window}, cut {cut}"), 1e-13);
            useful += bounds.Upper < 1 ? 1 : 0;
        }, cases);
        Assert.True(useful > cases / 2, $"{useful} of {cases}");
    }

    /// <summary>A window of 4096 knots, of which the composition's losses take half at most.</summary>
    private static readonly LossWindow Wide = new(-1024, 12, -40, 40);

    private static (ComposedLoss Upper, ComposedLoss Lower) Compose(int[] knots, double[] masses, int times, double tilt, RareLosses? rare, LossWindow window)
    {
        var pmf = new LossPmf(new LossGrid(Step, [.. knots.Select(knot => (long)knot)]), masses, 0);
        return ComposedLoss.Of([new RepeatedLoss(pmf, pmf, times)], tilt, window, rare);
    }

    /// <summary>E[(1 - e^(epsilon - L))_+].</summary>
    private static double Delta(int[] knots, double[] masses, int times, double epsilon)
    {
        var one = new BigInteger[knots[^1] - knots[0] + 1];
        for (var i = 0; i < knots.Length; i++)
            one[knots[i] - knots[0]] = Whole(masses[i]);
        BigInteger[] all = [BigInteger.One];
        for (var t = 0; t < times; t++)
        {
            var next = new BigInteger[all.Length + one.Length - 1];
            for (var j = 0; j < one.Length; j++)
                if (!one[j].IsZero)
                    for (var i = 0; i < all.Length; i++)
                        next[i + j] += all[i] * one[j];
            all = next;
        }
        var delta = 0.0;
        for (var i = 0; i < all.Length; i++)
            if ((times * (long)knots[0] + i) * Step - epsilon is var distance && distance > 0 && !all[i].IsZero)
                delta += Math.Exp(BigInteger.Log(all[i]) - (double)times * Bits * Math.Log(2)) * (1 - Math.Exp(-distance));
        return delta;
    }

    private static BigInteger Whole(double mass)
    {
        var exponent = Math.ILogB(mass);
        return (BigInteger)Math.ScaleB(mass, 52 - exponent) << (Bits - 52 + exponent);
    }
}

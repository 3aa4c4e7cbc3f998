using CsCheck;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

/// <summary>One release with lattice noise against sums over its outcomes, and the domination of the full shift, which everything rests on.</summary>
public class LatticeReleaseTests
{
    private static readonly Gen<double> Gamma = Gen.Double[-4, 6].Select(Math.Exp);

    [Fact]
    public void Delta_and_Renyi_are_the_sums_over_outcomes() =>
        Gen.Select(Lattices.Any, Gen.Double[-1, 1.2], Gen.Double[0.2, 60]).ForAll(
            (law, level, order) =>
            {
                var p = Lattices.Probabilities(law);
                var release = new OneRelease(law);
                var m = law.StepsPerSensitivity;
                var epsilon = level * release.PureEpsilon;
                Assert.Equal(Lattices.HockeyStick(p, m, Math.Exp(epsilon)), release.Delta(epsilon), 1e-13);
                var moment = Lattices.Sum(p, m, (with, without) => with == 0 && without == 0 ? 0 : Math.Exp(order * Math.Log(with) + (1 - order) * Math.Log(without)));
                if (Math.Abs(order - 1) > 1e-3 && order * release.PureEpsilon < 600)
                    Assert.Equal(Math.Log(moment) / (order - 1), release.Renyi(order), 1e-9 * (1 + release.Renyi(order)) / Math.Abs(order - 1));
                Assert.Equal(Lattices.Sum(p, m, (with, without) => with > 1e-300 && without > 1e-300 ? with * Math.Log(with / without) : 0), release.Renyi(1), 1e-9);
            },
            cases: 300);

    /// <summary>Every integer shift of [-m, m], gamma on both sides of 1. (Sums of fewer than 2,000 doubles below 1: their rounding stays below 1e-13.)</summary>
    [Fact]
    public void The_full_shift_dominates_every_other_one() =>
        Gen.Select(Lattices.Any, Gamma, Gen.Double[0.1, 40]).ForAll(
            (law, gamma, order) =>
            {
                var p = Lattices.Probabilities(law);
                var m = law.StepsPerSensitivity;
                var full = Lattices.HockeyStick(p, m, gamma);
                for (var shift = -m; shift <= m; shift++)
                    Assert.True(Lattices.HockeyStick(p, shift, gamma) <= full + 1e-13, $"{law} shift {shift} gamma {gamma}");
                for (var shift = 1; shift < m; shift++)
                    Assert.True(new OneRelease(law, (double)shift / m).Renyi(order) <= new OneRelease(law).Renyi(order) * (1 + 1e-12));
            },
            cases: 500);

    [Fact]
    public void Without_unimodality_it_fails_and_so_the_constructor_refuses()
    {
        // Weight on every other point: at the full shift of 2 peaks meet peaks, at a shift of 1 they meet gaps.
        ulong[] weights = [100, 1, 90, 1, 80, 1, 1];
        var total = weights.Skip(1).Sum(weight => 2.0 * weight) + weights[0] + 2;
        var p = weights.Select(weight => weight / total).Concat(Enumerable.Range(1, 100).Select(i => Math.Pow(0.5, i) / total)).ToArray();
        foreach (var gamma in new[] { 0.5, 1, 2 })
            Assert.True(Lattices.HockeyStick(p, 1, gamma) > 1.5 * Lattices.HockeyStick(p, 2, gamma));
        Assert.Throws<BadInputException>(() => new LatticeLaw(2, weights, new DyadicRatio(1, 1)));
    }

    [Fact]
    public void The_pure_epsilon_is_the_largest_loss_over_all_outcomes_and_shifts() =>
        Lattices.Any.ForAll(
            law =>
            {
                var p = Lattices.Probabilities(law);
                var largest = 0.0;
                for (var shift = 1; shift <= law.StepsPerSensitivity; shift++)
                    for (var k = shift - p.Length + 1; k < p.Length; k++)
                        largest = Math.Max(largest, Math.Log(p[Math.Abs(k - shift)] / p[Math.Abs(k)]));
                Close.Relative(largest, new OneRelease(law).PureEpsilon, 1e-12);
                Close.Relative(largest, law.MaximumPrivacyLoss(1), 1e-12);
            },
            cases: 300);

    [Fact]
    public void A_shift_between_lattice_points_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new OneRelease(Lattices.Plateaus, 0.3));

    [Fact]
    public void The_PLD_accountant_brackets_one_release() =>
        Gen.Select(Lattices.Any, Gen.Double[-12, -1]).ForAll(
            (law, exponent) =>
            {
                var delta = Math.Pow(10, exponent);
                var exact = new OneRelease(law).Epsilon(delta);
                var bounds = PldAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(law), 1, 1)), delta);
                Assert.InRange(exact, bounds.Lower * (1 - 1e-9), bounds.Upper * (1 + 1e-9) + 1e-15);
                Assert.True(bounds.RelativeWidth < 1e-3 || exact < 1e-9, $"{law}: {bounds}");
            },
            cases: 40);

    /// <summary>Three Poisson-subsampled releases by convolution over all triples of outcomes, both directions.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.7)]
    [InlineData(1)]
    public void The_PLD_accountant_brackets_three_releases(double q)
    {
        var law = Lattices.Plateaus;
        var p = Lattices.Probabilities(law);
        var outcomes = new List<(double With, double Without)>();
        for (var k = 60; k > -60; k--)
            outcomes.Add((p[Math.Abs(k - law.StepsPerSensitivity)], p[Math.Abs(k)]));
        foreach (var epsilon in new[] { 0.05, 0.5, 2 })
        {
            double Delta(Func<(double With, double Without), (double, double)> pair)
            {
                var pairs = outcomes.Select(pair).ToArray();
                var sum = 0.0;
                foreach (var (a1, b1) in pairs)
                    foreach (var (a2, b2) in pairs)
                        foreach (var (a3, b3) in pairs)
                            sum += Math.Max(a1 * a2 * a3 - Math.Exp(epsilon) * b1 * b2 * b3, 0);
                return sum;
            }
            (double, double) Remove((double With, double Without) o) => ((1 - q) * o.Without + q * o.With, o.Without);
            (double, double) Add((double With, double Without) o) => (o.Without, (1 - q) * o.Without + q * o.With);
            var exact = Math.Max(Delta(Remove), Delta(Add));
            var bounds = PldAccountant.Delta(new Composition(new ReleaseGroup(new ScalarRelease(law), q, 3)), epsilon);
            // What lies beyond 60 steps is below 1e-6 of the whole.
            Assert.InRange(exact, bounds.Lower * (1 - 1e-5), bounds.Upper);
            Assert.True(bounds.RelativeWidth < 1e-2);
        }
    }
}

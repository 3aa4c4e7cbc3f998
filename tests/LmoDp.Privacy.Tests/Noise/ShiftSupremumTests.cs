using CsCheck;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class ShiftSupremumTests
{
    private static readonly Gen<double> Order = Gen.Double[-1.5, 2.4].Select(e => 1 + Math.Pow(10, e));

    /// <summary>The supremum against what a fine grid of shifts and an independent quadrature see; the bracket must close as far as was asked.</summary>
    [Fact]
    public void The_bracket_holds_what_a_grid_of_shifts_sees() => BracketHolds(40);

    [Fact]
    [Trait("Category", "Soak")]
    public void The_bracket_holds_for_a_thousand_laws() => BracketHolds(1000);

    private static void BracketHolds(int cases) =>
        Gen.Select(Laws.Lmo, Order).ForAll(
            (law, order) =>
            {
                var (upper, lower) = new ShiftSupremum(law).At(order, 2e-3);
                var seen = order * law.FisherInformation / 2;
                for (var e = 0.0; e < 12; e += 0.23)
                {
                    var x = Math.Pow(2, -e);
                    seen = Math.Max(seen, new OneRelease(law, x).Renyi(order) / (x * x));
                }
                Assert.True(seen <= upper * (1 + 1e-9), FormattableString.Invariant($"order {order}: seen {seen}, upper {upper}"));
                Assert.True(lower <= upper && lower >= seen * (1 - 0.01), FormattableString.Invariant($"order {order}: seen {seen}, lower {lower}"));
                Assert.True(upper <= lower * 1.0021, FormattableString.Invariant($"order {order}: {lower} to {upper}"));
            },
            cases);

    /// <summary>Where U is concentrated and then spread by a heavy-tailed part, the score's kurtosis exceeds 3 and the supremum lies inside, above the limit a I/2.</summary>
    [Fact]
    public void The_supremum_is_not_always_the_limit()
    {
        var law = new LmoLaw(new GammaComponent(1, 0.15, 1), null, null);
        var (_, lower) = new ShiftSupremum(law).At(30, 1e-3);
        Assert.True(lower > 1.1 * 30 * law.FisherInformation / 2);
    }

    /// <summary>A Gamma law of tiny shape: its curvature bound is a million times its Fisher information, so that no cell is fine enough, and only so many are tried.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(30)]
    public void A_law_that_no_cell_is_fine_enough_for_is_bounded_all_the_same(double order)
    {
        var law = new LmoLaw(new GammaComponent(1, 1e-5, 1), null, null);
        var (upper, lower) = new ShiftSupremum(law).At(order, 2e-3);
        var seen = Enumerable.Range(0, 40).Max(e => Math.Pow(2, 0.5 * e) is var inverse ? new OneRelease(law, 1 / inverse).Renyi(order) * inverse * inverse : 0);
        Assert.True(seen <= upper * (1 + 1e-9) && lower <= upper, FormattableString.Invariant($"seen {seen}, bracket {lower} to {upper}"));
        Assert.True(upper <= order / 2 * law.LipschitzConstant * law.LipschitzConstant * 1.01);
    }

    [Fact]
    public void Nodes_agree_with_quadrature() =>
        Gen.Select(Laws.Any, Order, Gen.Double[0, 12]).ForAll(
            (law, order, exponent) =>
            {
                var x = Math.Pow(2, -exponent) * Math.Min(1, 5 / (order * Math.Min(law.LipschitzConstant, 4 / law.StandardDeviation)));
                Close.Relative(new OneRelease(law, x).Renyi(order), new ShiftNodes(law, x).Renyi(order), 1e-9, FormattableString.Invariant($"{law} order {order} x {x}"));
            },
            cases: 300);

    /// <summary>(log f)'' by differences of the slope never exceeds the bound.</summary>
    [Fact]
    public void The_curvature_bound_holds() =>
        Gen.Select(Laws.Lmo, Gen.Double[-6, 6]).ForAll(
            (law, exponent) =>
            {
                var z = Math.Pow(10, exponent) / law.LipschitzConstant;
                var h = 1e-4 * z;
                var curvature = (law.Slope(z) - law.Slope(z + h)) / h;
                Assert.True(curvature <= law.CurvatureBound * (1 + 1e-6) + 1e-11 * law.Slope(z) / h);
            },
            cases: 2000);
}

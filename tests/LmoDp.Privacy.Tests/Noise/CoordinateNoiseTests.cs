using CsCheck;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class CoordinateNoiseTests
{
    private static readonly Gen<double> Order = Gen.Double[-1.5, 2.4].Select(e => 1 + Math.Pow(10, e));

    [Fact]
    public void The_curves_of_Gaussian_and_Laplace_have_their_closed_forms()
    {
        Close.Relative(8 / (2 * 4.0), new CoordinateNoise(new GaussianLaw(2)).Renyi(8), 1e-15);
        Close.Relative(8 / (2 * 9.0), new CoordinateNoise(new LaplaceLaw(3)).Renyi(8), 1e-15);
        Close.Relative(2, new CoordinateNoise(new GaussianLaw(2)).LimitingMultiplier, 1e-15);
    }

    /// <summary>However a shift of norm 1 is spread over coordinates, the sum of the exact one-dimensional divergences stays below the curve.</summary>
    [Fact]
    public void The_curve_is_never_below_the_exact_divergence_of_a_spread_shift() =>
        Gen.Select(Laws.Lmo, Order, Gen.Double[0, 8], Gen.Double[0.01, 0.99]).ForAll(
            (law, order, exponent, part) =>
            {
                var noise = new CoordinateNoise(law);
                var x = Math.Pow(2, -exponent);
                // 1/x^2 coordinates of x, or one of part and the rest in coordinates of x.
                var even = new OneRelease(law, x).Renyi(order) / (x * x);
                var rest = part * part * even + new OneRelease(law, Math.Sqrt(1 - part * part)).Renyi(order);
                Assert.True(Math.Max(even, rest) <= noise.Renyi(order) * (1 + 1e-9), FormattableString.Invariant($"order {order}, x {x}, {even}, {rest}, {noise.Renyi(order)}"));
            },
            cases: 60);

    [Fact]
    public void The_curve_lies_between_its_limit_and_that_of_the_steepest_slope() =>
        Gen.Select(Laws.Lmo, Order).ForAll(
            (law, order) =>
            {
                var divergence = new CoordinateNoise(law).Renyi(order);
                Assert.True(divergence >= order * law.FisherInformation / 2 * (1 - 1e-9));
                Assert.True(divergence <= order * law.LipschitzConstant * law.LipschitzConstant / 2 * (1 + 1e-3));
                Assert.True(new CoordinateNoise(law).LimitingMultiplier <= law.StandardDeviation * (1 + 1e-9));
            },
            cases: 60);

    /// <summary>docs/accounting-renyi.md, section 4: a random scale makes noise wider, at the same worth, and the Gaussian is narrower by sqrt(2).</summary>
    [Fact]
    public void No_LMO_law_is_narrower_than_the_Laplace_law_of_the_same_worth()
    {
        var laplace = new LaplaceLaw(3);
        Close.Relative(Math.Sqrt(2), laplace.StandardDeviation / new CoordinateNoise(laplace).LimitingMultiplier, 1e-15);
        Laws.Lmo.ForAll(law => Assert.True(law.StandardDeviation >= Math.Sqrt(2) * new CoordinateNoise(law).LimitingMultiplier * (1 - 1e-7)), cases: 200);
        // A scale that hardly varies comes near: U uniform between 99 and 101 hundredths, the rest next to nothing.
        var narrow = NoiseLawParser.Parse("lmo:a1=1e-6,k=1,theta=1,a3=1e-6,rate=1,a4=1,a=0.99,b=1.01");
        Assert.InRange(narrow.StandardDeviation / new CoordinateNoise(narrow).LimitingMultiplier / Math.Sqrt(2), 1, 1.001);
    }

    /// <summary>(a - 1) c(a) by chords: at most a thousandth above the supremum of the order itself.</summary>
    [Fact]
    public void Chords_between_orders_are_tight_and_above()
    {
        var law = NoiseLawParser.Parse("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2");
        var (noise, supremum) = (new CoordinateNoise(law), new ShiftSupremum((LmoLaw)law));
        foreach (var order in new[] { 1.05, 1.7, 2, 3, 7.3, 40, 200 })
        {
            var (upper, lower) = supremum.At(order, 1e-3);
            Assert.InRange(noise.Renyi(order), lower, upper * (1 + CoordinateNoise.Tolerance + 1e-3));
        }
    }

    [Fact]
    public void Generalised_Gaussian_noise_is_covered_too()
    {
        foreach (var power in new[] { 1, 1.2, 1.5, 1.9, 2 })
        {
            var law = new GeneralisedGaussianLaw(2, power);
            var noise = new CoordinateNoise(law);
            foreach (var order in new[] { 1.5, 4.0, 12 })
            {
                Assert.True(noise.Renyi(order) >= order * law.FisherInformation / 2 * (1 - 1e-9));
                foreach (var x in new[] { 1, 0.7, 0.3, 0.1, 0.01 })
                    Assert.True(new OneRelease(law, x).Renyi(order) / (x * x) <= noise.Renyi(order) * (1 + 1e-9), FormattableString.Invariant($"power {power} order {order} x {x}"));
            }
        }
        Close.Relative(3 / 8.0, new CoordinateNoise(new GeneralisedGaussianLaw(2, 2)).Renyi(3), 4e-3);
    }

    [Fact]
    public void Lattice_noise_is_not_for_vectors() =>
        Assert.Contains("no vector guarantee", Assert.Throws<BadInputException>(() => new CoordinateNoise(Lattices.Plateaus)).Message);
}

using CsCheck;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class LatticeClippingTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.5, 2, 2)]
    [InlineData(0.49, 1, 2)]
    [InlineData(-0.51, -3, -2)]
    [InlineData(2, 8, 8)]
    [InlineData(2.13, 8, 8)]
    [InlineData(-2.13, -8, -8)]
    [InlineData(1e300, 8, 8)]
    [InlineData(-1e308, -8, -8)]
    [InlineData(double.NaN, 0, 0)]
    [InlineData(double.PositiveInfinity, 0, 0)]
    [InlineData(double.NegativeInfinity, 0, 0)]
    [InlineData(0.001, 0, 1)]
    public void Scalars_are_rounded_by_a_coin_then_clipped(double value, int lower, int upper)
    {
        var clipping = new LatticeClipping(2, 8);
        Assert.Equal((lower, upper), (clipping.Steps(value, 1 - Math.ScaleB(1, -53)), clipping.Steps(value, 0)));
    }

    /// <summary>Over all coins of a grid the mean is the value, however small.</summary>
    [Fact]
    public void The_mean_over_the_coins_is_the_value() =>
        Gen.Select(Gen.Double[-1, 1], Gen.Int[1, 64], Gen.Double[0, 3]).ForAll(
            (part, m, small) =>
            {
                var (clipping, value) = (new LatticeClipping(3, m), 3 * part * Math.Pow(10, -small));
                const int coins = 10_000;
                var mean = Enumerable.Range(0, coins).Average(coin => clipping.Value(clipping.Steps(value, (coin + 0.5) / coins)));
                Assert.InRange(mean - value, -3.0 / m / coins, 3.0 / m / coins);
            },
            cases: 50);

    [Fact]
    public void No_contribution_exceeds_the_sensitivity() =>
        Gen.Select(Gen.Double, Gen.Double[-300, 300], Gen.Int[1, LatticeLaw.MostSteps], Gen.Double[0, 0.999]).ForAll(
            (value, exponent, m, coin) =>
            {
                var clipping = new LatticeClipping(Math.Pow(10, exponent), m);
                var steps = clipping.Steps(value, coin);
                Assert.InRange(steps, -m, m);
                if (Math.Abs(value) < clipping.ClippingNorm)
                    Assert.True(Math.Abs(clipping.Value(steps) - value) <= 1.0001 * clipping.ClippingNorm / m);
            },
            cases: 2000);

    [Theory]
    [InlineData(0, 4)]
    [InlineData(double.NaN, 4)]
    [InlineData(double.PositiveInfinity, 4)]
    [InlineData(1, 0)]
    public void Bad_settings_are_refused(double norm, int steps) => Assert.Throws<BadInputException>(() => new LatticeClipping(norm, steps));
}

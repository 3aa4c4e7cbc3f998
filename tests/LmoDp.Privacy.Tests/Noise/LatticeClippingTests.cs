using CsCheck;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class LatticeClippingTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.49, 2)]
    [InlineData(-0.51, -2)]
    [InlineData(2, 8)]
    [InlineData(2.13, 8)]
    [InlineData(1e300, 8)]
    [InlineData(-1e308, -8)]
    [InlineData(double.NaN, 0)]
    [InlineData(double.PositiveInfinity, 0)]
    [InlineData(double.NegativeInfinity, 0)]
    [InlineData(double.Epsilon, 0)]
    public void Scalars_are_rounded_then_clipped(double value, int steps) => Assert.Equal(steps, new LatticeClipping(2, 8).Steps(value));

    [Fact]
    public void No_contribution_exceeds_the_sensitivity() =>
        Gen.Select(Gen.Double, Gen.Double[-300, 300], Gen.Int[1, LatticeLaw.MostSteps]).ForAll(
            (value, exponent, m) =>
            {
                var clipping = new LatticeClipping(Math.Pow(10, exponent), m);
                var steps = clipping.Steps(value);
                Assert.InRange(steps, -m, m);
                Assert.Equal(-steps, clipping.Steps(-value));
                if (Math.Abs(value) < clipping.ClippingNorm)
                    Assert.True(Math.Abs(clipping.Value(steps) - value) <= 0.5001 * clipping.ClippingNorm / m);
            },
            cases: 2000);

    [Theory]
    [InlineData(0, 4)]
    [InlineData(double.NaN, 4)]
    [InlineData(double.PositiveInfinity, 4)]
    [InlineData(1, 0)]
    public void Bad_settings_are_refused(double norm, int steps) => Assert.Throws<BadInputException>(() => new LatticeClipping(norm, steps));
}

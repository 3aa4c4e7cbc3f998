using System.Numerics;
using CsCheck;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class JointLatticeClippingTests
{
    [Fact]
    public void Vectors_are_shortened_and_cut_towards_zero()
    {
        var clipping = new JointLatticeClipping(2, 8);
        Assert.Equal([2, -3], clipping.Steps([0.74, -0.99]));
        Assert.Equal([8, 0], clipping.Steps([2, 0]));
        Assert.Equal([0, -8, 0], clipping.Steps([0, -1e308, 1]));
        Assert.Equal([4, 6], clipping.Steps([3, 4])); // (4.8, 6.4)
        Assert.Equal([5, 5], clipping.Steps([1e308, 1e308]));
        Assert.Equal([0, 0], clipping.Steps([double.NaN, 1]));
        Assert.Equal([0, 0], clipping.Steps([1, double.NegativeInfinity]));
        Assert.Equal([0.6, 0.8], new JointLatticeClipping(1, 8).Clipped([3, 4]).Select(value => Math.Round(value, 15)));
    }

    /// <summary>In integers, on vectors that were made to have norm m exactly, or a rounding more or less, as well as on any.</summary>
    [Fact]
    public void The_integer_norm_never_exceeds_m() =>
        Gen.Select(Gen.Double[-2, 2].Array[1, 12], Gen.Double[-300, 300], Gen.Int[1, LatticeLaw.MostSteps], Gen.Int[-2, 3]).ForAll(
            (direction, exponent, m, kind) =>
            {
                var norm = Math.Pow(10, exponent);
                var length = Math.Sqrt(direction.Sum(value => value * value)) + 1e-300;
                // kind 3 is any length; the others are the norm itself, up to a few roundings.
                double[] values = [.. direction.Select(value => kind == 3 ? value * norm : value / length * norm * (1 + kind * 1e-16))];
                var steps = new JointLatticeClipping(norm, m).Steps(values);
                Assert.True(steps.Aggregate(BigInteger.Zero, (sum, step) => sum + (BigInteger)step * step) <= (BigInteger)m * m);
                var clipped = new JointLatticeClipping(norm, m).Clipped(values);
                for (var k = 0; k < steps.Length; k++)
                    Assert.InRange(clipped[k] / norm * m - steps[k], -1.001, 1.001);
            },
            cases: 4000);

    [Theory]
    [InlineData(0, 4)]
    [InlineData(double.NaN, 4)]
    [InlineData(1, 0)]
    public void Bad_settings_are_refused(double norm, int steps) => Assert.Throws<BadInputException>(() => new JointLatticeClipping(norm, steps));
}

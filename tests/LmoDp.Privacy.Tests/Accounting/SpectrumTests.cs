using System.Numerics;
using CsCheck;
using LmoDp.Privacy.Accounting;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>Fourier coefficients of compositions.</summary>
public class SpectrumTests
{
    /// <summary>Weights of 1e-200, whose squares are not doubles: their transform is bounded all the same.</summary>
    [Fact]
    public void Weights_too_small_to_be_squared_have_a_bound()
    {
        var transform = FourierTransform.OfSize(6);
        var tilted = new TiltedLoss(new LossPmf(new LossGrid(1, [0, 1, 30]), [0.6, 0.4, 1e-200], 0), 1e-3);
        var (all, large) = (new PackedTransform(transform, tilted, tilted), new PackedTransform(transform, tilted, tilted, 20));
        for (var k = 0; k <= 32; k++)
        {
            Assert.True(Frequency.Size(large.At(k).First) + large.Deviation >= tilted.Weights[2]);
            var frequency = Frequency.OfDifference(k, [all.At(k).First], [large.At(k).First], [all], [large], [3], PowerDifference.Rounding([3]), Math.Exp(-600));
            Assert.True(frequency is { } kept && kept.Bound >= 3 * tilted.Weights[2] * Math.Pow((0.6 * Complex.One + 0.4 * Complex.FromPolarCoordinates(1, -Math.Tau * k / 64)).Magnitude, 2) * 0.999);
        }
    }

    /// <summary>Powers of the fast transform's coefficients, as it gives them, against integer arithmetic.</summary>
    [Fact]
    public void Powers_are_within_their_rounding()
    {
        var worst = 0.0;
        var transform = FourierTransform.OfSize(6);
        Gen.Select(Gen.Double[0.01, 1].Array[40], Gen.Int[1, 100_000], Gen.Int[1, 100_000]).ForAll((masses, times, others) =>
        {
            var total = masses.Sum();
            long[] knots = [.. Enumerable.Range(0, 40).Select(i => (long)i / 2 * (i % 2 == 0 ? -1 : 1)).Distinct().Order()];
            TiltedLoss Tilted(int shift) => new(new LossPmf(new LossGrid(1e-3, knots), [.. masses.Take(knots.Length).Select((mass, i) => (i == knots.Length / 2 ? 1e5 : mass * (i + shift)) / total)], 0), 0.1);
            PackedTransform[] transforms = [new(transform, Tilted(1), Tilted(2)), new(transform, Tilted(3), Tilted(4))];
            var rounding = Frequency.PowerRounding([times, others]);
            for (var k = 0; k <= 32; k++)
            {
                Complex[] factors = [transforms[0].At(k).First, transforms[1].At(k).First];
                var frequency = Frequency.OfPowers(k, factors, transforms, [times, others], rounding);
                if (frequency.Bound < Math.Exp(-90))
                    continue;
                var exact = FixedPoint.Of(factors[0]).Power(times) * FixedPoint.Of(factors[1]).Power(others);
                var share = Math.Exp((FixedPoint.Of(frequency.Value) - exact).LogSize() - Math.Log(frequency.Bound * rounding));
                Assert.True(share <= 1 && exact.LogSize() <= Math.Log(frequency.Bound), FormattableString.Invariant($"k {k}: {share} of the bound"));
                worst = Math.Max(worst, share);
            }
        }, 30);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"largest error: {worst:F3} of its bound"));
        Assert.InRange(worst, 0.05, 1);
    }
}

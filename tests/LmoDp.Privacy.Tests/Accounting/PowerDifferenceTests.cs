using System.Numerics;
using CsCheck;
using LmoDp.Privacy.Accounting;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>X^T - Y^T against integer arithmetic with 1536 bits.</summary>
public class PowerDifferenceTests
{
    /// <summary>X near the unit circle, X^T above e^-90; Z from 1e-40 of it to twice it, Y in the unit circle.</summary>
    private static readonly Gen<(Complex X, Complex Z, long Times)> Cases =
        Gen.Select(Uniform, Uniform, Uniform, Uniform, Uniform).Select((size, angle, rare, direction, length) =>
        {
            var times = (long)Math.Pow(10, 6 * length);
            var x = Complex.FromPolarCoordinates(Math.Exp(-90 * size * size / times), Math.Tau * angle);
            return (x, x * Complex.FromPolarCoordinates(2 * Math.Pow(10, -40 * rare * rare), Math.Tau * direction), times);
        }).Where((x, z, _) => (x - z).Magnitude <= 1);

    private static Gen<double> Uniform => Gen.Int[0, 1 << 24].Select(i => i / (double)(1 << 24));

    [Fact]
    public void The_error_is_within_its_bound_and_comes_near_it()
    {
        var worst = 0.0;
        Cases.ForAll(one =>
        {
            var (x, z, times) = one;
            var computed = PowerDifference.Of(x, z, times).D;

            var share = LogError(computed, [one]) - LogBound([one]);

            Assert.True(share <= 0, FormattableString.Invariant($"the error is {Math.Exp(share)} of its bound"));
            worst = Math.Max(worst, Math.Exp(share));
        }, 1000);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"largest error: {worst:F3} of its bound"));
        Assert.InRange(worst, 0.1, 1);
    }

    [Fact]
    public void So_it_is_for_steps_of_several_kinds()
    {
        var worst = 0.0;
        Cases.Array[2, 4].ForAll(parts =>
        {
            var computed = parts.Aggregate(PowerDifference.Empty, (all, part) => all.Then(PowerDifference.Of(part.X, part.Z, part.Times))).D;

            var share = LogError(computed, parts) - LogBound(parts);

            Assert.True(share <= 0, FormattableString.Invariant($"the error is {Math.Exp(share)} of its bound"));
            worst = Math.Max(worst, Math.Exp(share));
        }, 300);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"largest error: {worst:F3} of its bound"));
        Assert.InRange(worst, 0.05, 1);
    }

    /// <summary>A rounding of a part in 2^53 a step is what a bound that is not compounded would allow: with so many steps it is more.</summary>
    [Fact]
    public void Roundings_are_compounded()
    {
        var one = PowerDifference.Rounding([1_000_000]);

        Assert.InRange(one, 3.236 * 1e6 / Math.Pow(2, 53), 3.237 * 1e6 / Math.Pow(2, 53));
        Assert.InRange(PowerDifference.Rounding([3_000_000_000_000_000, 1]), Math.Exp(3.236 * 3e15 / Math.Pow(2, 53)) - 1, Math.Exp(3.237 * 3e15 / Math.Pow(2, 53)) - 1);
    }

    private static double LogError(Complex computed, (Complex X, Complex Z, long Times)[] parts)
    {
        var (all, within) = (FixedPoint.One, FixedPoint.One);
        foreach (var (x, z, times) in parts)
        {
            var exact = FixedPoint.Of(x);
            (all, within) = (all * exact.Power(times), within * (exact - FixedPoint.Of(z)).Power(times));
        }
        return (FixedPoint.Of(computed) - (all - within)).LogSize();
    }

    /// <summary>Product of all powers times the sum of n |Z| / b, b the larger of |X| and |X - Z|, times the relative bound.</summary>
    private static double LogBound((Complex X, Complex Z, long Times)[] parts)
    {
        var (log, rare) = (0.0, 0.0);
        foreach (var (x, z, times) in parts)
        {
            var larger = Math.Max(FixedPoint.Of(x).LogSize(), (FixedPoint.Of(x) - FixedPoint.Of(z)).LogSize());
            log += times * larger;
            rare += times * z.Magnitude / Math.Exp(larger);
        }
        return log + Math.Log(rare) + Math.Log(PowerDifference.Rounding([.. parts.Select(part => part.Times)]));
    }
}

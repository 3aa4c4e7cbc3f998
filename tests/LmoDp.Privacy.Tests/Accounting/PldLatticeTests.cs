using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.Brackets;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The loss-distribution accountant on lattice laws, whose losses are exact.</summary>
public class PldLatticeTests
{
    [Fact]
    public void Pure_epsilon_of_a_lattice_that_falls_slowly_keeps_its_digits()
    {
        // Neighbouring weights differ by a factor 1 - 2^-40; their logarithms in doubles differ by nothing.
        var law = new LatticeLaw(1, [1], new DyadicRatio((1UL << 40) - 1, 40));
        var exact = 1000 * Math.Pow(2, -40) * (1 + Math.Pow(2, -41));

        Holds(PldAccountant.Epsilon(Scalar(law, 1, 1000), 0), exact, 1e-12, "delta 0", 1e-15);
    }

    /// <summary>Stairs of different heights: few losses, far apart, between which a profile is a polygon that a grid elsewhere does not follow.</summary>
    [Theory]
    [InlineData(2, 1e-5)]
    [InlineData(4, 1e-5)]
    [InlineData(5, 1e-5)]
    [InlineData(5, 1e-12)]
    public void Few_steps_have_a_bracket_about_as_narrow_as_asked(long steps, double delta)
    {
        var heights = new ulong[] { 1 << 30, 700_000_000, 240_000_000, 230_000_000, 60_000_000, 9_000_000, 8_000_000, 300_000, 11_000 };
        var law = new LatticeLaw(100, [.. heights.SelectMany(height => Enumerable.Repeat(height, 60)), 31], new DyadicRatio(1, 5));

        var bounds = PldAccountant.Epsilon(Scalar(law, 0.5, steps), delta, 1e-5);

        Assert.True(bounds.RelativeWidth <= 1.5e-5, FormattableString.Invariant($"{bounds} is {bounds.RelativeWidth:E1} wide"));
    }

    /// <summary>Where the second law's mass is below the range of a double.</summary>
    [Theory]
    [InlineData(1, 1, 1e-5)]
    [InlineData(0.5, 1, 1e-5)]
    public void The_Renyi_bound_is_not_below_the_lower_bound_for_losses_in_the_thousands(double samplingRate, long steps, double delta)
    {
        // 64 times 40 log 2 at the most.
        var law = new LatticeLaw(64, [(1UL << 40) - 1], new DyadicRatio(1, 40));
        var bounds = PldAccountant.Epsilon(Scalar(law, samplingRate, steps), delta);

        Assert.True(bounds.Lower > 745 * 0.5, bounds.ToString());
        Assert.InRange(RenyiAccountant.Epsilon(Scalar(law, samplingRate, steps), delta).Epsilon, bounds.Lower, double.MaxValue);
    }
}

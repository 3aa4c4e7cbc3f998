using CsCheck;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class LatticeLawTests
{
    [Fact]
    public void The_total_counts_zero_once_and_the_whole_tail()
    {
        // 9 + 2 (7 + 4) + 2 * 4 (3/4 + 9/16 + ...) = 9 + 22 + 24.
        var law = new LatticeLaw(4, [9, 7, 4], new DyadicRatio(3, 2));
        Assert.Equal((UInt128)55, law.Total);
        Close.Relative(9.0 / 55, 1 - 2 * law.Survival(0), 1e-15);
        Close.Relative(16.0 / 55, law.Survival(0.25), 1e-15);
        Close.Relative(12.0 / 55, law.Survival(0.5), 1e-15);
        Close.Relative(9.0 / 55, law.Survival(0.75), 1e-15);
    }

    [Fact]
    public void Figures_are_the_sums_over_outcomes() =>
        Lattices.Any.ForAll(
            law =>
            {
                var p = Lattices.Probabilities(law);
                var h = law.Step;
                double Mean(Func<int, double> value) => p.Select((probability, k) => (k == 0 ? 1 : 2) * probability * value(k)).Reverse().Sum();
                Close.Relative(1, Mean(_ => 1), 1e-13);
                Close.Relative(Mean(k => k * h), law.MeanAbsolute, 1e-12);
                Close.Relative(Math.Sqrt(Mean(k => k * h * k * h)), law.StandardDeviation, 1e-12);
                Assert.Equal(Mean(k => -Math.Log(p[k] / h)), law.Entropy, 1e-11);
                Assert.Equal(double.PositiveInfinity, law.FisherInformation);
            },
            cases: 300);

    [Fact]
    public void The_distribution_function_agrees_with_the_weights_at_lattice_points_and_between() =>
        Gen.Select(Lattices.Any, Gen.Int[-30, 30], Gen.Double[0.01, 0.99]).ForAll(
            (law, k, between) =>
            {
                var p = Lattices.Probabilities(law);
                var cdf = 0.0;
                for (var i = p.Length - 1; i > -p.Length; i--)
                    cdf += i <= k ? p[Math.Abs(i)] : 0;
                if (cdf < 1e-25)
                    return;
                var point = (double)k / law.StepsPerSensitivity;
                foreach (var x in new[] { point, (k + between) / law.StepsPerSensitivity })
                {
                    Close.Relative(cdf, law.Cdf(x), 1e-12);
                    Assert.Equal(1 - cdf, law.Survival(x), 1e-13);
                    Assert.Equal(Math.Log(law.Survival(x)), law.LogSurvival(x), 1e-12);
                }
                if (Math.Abs(k) < p.Length)
                    Close.Relative(p[Math.Abs(k)] / law.Step, Math.Exp(law.LogDensity(point)), 1e-12);
                if (k > 0)
                    Close.Relative(1 - 2 * law.Survival(point), law.Usefulness(point), 1e-12);
                if (cdf < 0.99)
                    Assert.Equal(point, law.Quantile(cdf * (1 - 1e-12)), 1e-12);
            },
            cases: 400);

    [Fact]
    public void A_quantile_far_in_the_tail_is_a_lattice_point_with_that_tail()
    {
        var law = Lattices.Plateaus;
        var x = -law.Quantile(1e-200);
        Assert.True(Math.Exp(law.LogSurvival(x)) <= 1e-200);
        Assert.True(Math.Exp(law.LogSurvival(x - 2 * law.Step)) >= 1e-200);
        Assert.Equal(0, law.Survival(double.PositiveInfinity));
        Assert.Equal(1, law.Cdf(double.PositiveInfinity));
    }

    [Theory]
    [InlineData(0, "1", 1, 1, "the steps to the sensitivity")]
    [InlineData(1, "", 1, 1, "1 to 1048576 weights")]
    [InlineData(1, "3,0", 1, 1, "weight 1 is 0")]
    [InlineData(1, "3,2,3", 1, 1, "weight 2 is larger")]
    [InlineData(1, "3", 0, 1, "between 0 and 1")]
    [InlineData(1, "3", 2, 1, "between 0 and 1")]
    [InlineData(1, "3", 1, 0, "j from 1 to 52")]
    [InlineData(1, "3", 1, 53, "j from 1 to 52")]
    [InlineData(1, "10", 1, 2, "multiple of 3")]
    public void What_is_no_lattice_law_is_refused(int steps, string weights, ulong numerator, int bits, string expected)
    {
        var list = weights.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(ulong.Parse).ToArray();
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => new LatticeLaw(steps, list, new DyadicRatio(numerator, bits))).Message);
    }

    [Fact]
    public void The_largest_weights_do_not_overflow_the_total()
    {
        var law = new LatticeLaw(1, Enumerable.Repeat(ulong.MaxValue, 1000).ToArray(), new DyadicRatio((1UL << 52) - 1, 52));
        Close.Relative((2 * 999.0 + 1 + 2 * ((1L << 52) - 1.0)) * ulong.MaxValue, (double)law.Total, 1e-15);
    }
}

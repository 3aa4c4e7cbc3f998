using CsCheck;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class LatticeRoundingTests
{
    /// <summary>Laws whose mass lies within some thousand steps.</summary>
    private static readonly Gen<ContinuousLaw> Bounded = Laws.Any.Where(law => law.Quantile(0.9) > 0.02 && -law.Quantile(1e-9) < 2000 && law.StandardDeviation < 50);

    [Fact]
    public void Every_cell_has_the_probability_of_its_interval() =>
        Gen.Select(Bounded, Gen.Int[1, 20]).ForAll(
            (law, m) =>
            {
                var lattice = LatticeLaw.Rounded(law, m);
                Assert.Equal(m, lattice.StepsPerSensitivity);
                var total = (double)lattice.Total;
                for (var k = 0; k < Math.Min(lattice.Weights.Count - 1, 200); k++)
                {
                    var interval = k == 0 ? law.Probability(-0.5 / m, 0.5 / m) : law.Probability((k - 0.5) / m, (k + 0.5) / m);
                    // Weights have at least 24 bits, and differences of the law's tails lose digits near its peak.
                    Assert.Equal(interval, lattice.Weights[k] / total, 1e-6 * interval + 1e-14);
                }
                var tail = law.Survival((lattice.Weights.Count - 0.5) / m);
                Assert.Equal(tail, lattice.Survival((lattice.Weights.Count - 0.5) / m), 2e-3 * tail + 1e-14);
            },
            cases: 100);

    [Fact]
    public void Rounding_adds_the_variance_of_a_cell_and_never_costs_privacy() =>
        Gen.Select(Bounded.Where(law => law.StandardDeviation > 0.5 && law.StandardDeviation < 20 && -law.Quantile(1e-12) < 1000), Gen.Int[8, 32], Gen.Double[0, 0.9]).ForAll(
            (law, m, level) =>
            {
                var lattice = LatticeLaw.Rounded(law, m);
                if (law.Shape == LogShape.LogConcave && law is not LaplaceLaw)
                    Close.Relative(Math.Sqrt(law.StandardDeviation * law.StandardDeviation + 1 / (12.0 * m * m)), lattice.StandardDeviation, 1e-4);
                var epsilon = level * law.PrivacyLoss(1, 1);
                // The last weight is cut to a multiple: its share of the loss is below 2^-12 and its mass below 2^-38.
                Assert.True(new OneRelease(lattice).Delta(epsilon) <= new OneRelease(law).Delta(epsilon) * (1 + 1e-9) + 1e-9, law.ToString());
            },
            cases: 60);

    [Fact]
    public void Laws_with_power_tails_become_lattice_laws_too()
    {
        var law = NoiseLawParser.Parse("lmo:a3=1,rate=1");
        var lattice = LatticeLaw.Rounded(law, 4);
        Assert.Equal(double.PositiveInfinity, law.StandardDeviation);
        Assert.True(double.IsFinite(lattice.StandardDeviation));
        Close.Relative(law.Survival(1000.125), lattice.Survival(1000), 1e-5);
    }

    [Fact]
    public void A_law_much_narrower_than_a_step_is_all_at_zero()
    {
        var lattice = LatticeLaw.Rounded(new GaussianLaw(1e-3), 1);
        Assert.Single(lattice.Weights);
        Assert.True(lattice.Survival(0) < 1e-3);
    }

    [Fact]
    public void Scaling_a_lattice_law_scales_its_spread_out_law() =>
        Gen.Select(Lattices.Any.Where(law => law.StandardDeviation > 1), Gen.Double[0.7, 3]).ForAll(
            (law, factor) =>
            {
                var scaled = law.Scale(factor);
                Assert.Equal(law.StepsPerSensitivity, scaled.StepsPerSensitivity);
                // Spreading adds a cell's variance before the factor, rounding at most one after it (none where the cells of both lattices meet).
                var cell = 1 / (12.0 * law.StepsPerSensitivity * law.StepsPerSensitivity);
                var most = Math.Sqrt(factor * factor * (law.StandardDeviation * law.StandardDeviation + cell) + cell);
                Assert.InRange(scaled.StandardDeviation, 0.97 * factor * law.StandardDeviation, 1.02 * most);
            },
            cases: 100);

    [Fact]
    public void The_same_lattice_is_left_as_it_is_and_another_one_keeps_the_spread()
    {
        var law = Lattices.Plateaus;
        Close.Relative(law.StandardDeviation, law.Scale(1).StandardDeviation, 1e-4);
        Assert.Same(law, LatticeLaw.Rounded(law, law.StepsPerSensitivity));
        Close.Relative(law.StandardDeviation, LatticeLaw.Rounded(law, 40).StandardDeviation, 0.01);
        Assert.Throws<BadInputException>(() => LatticeLaw.Rounded(law, 0));
    }
}

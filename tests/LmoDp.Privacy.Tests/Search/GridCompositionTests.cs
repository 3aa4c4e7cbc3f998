using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using LmoDp.Privacy.Tests.Noise;
using Xunit;
using Xunit.Sdk;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>The checks' own computation of many steps, and what the check of a certificate tells apart.</summary>
public class GridCompositionTests
{
    [Theory]
    [InlineData(3, 1.0, 1.5)]
    [InlineData(4, 0.2, 0.8)]
    [InlineData(6, 0.5, 0.4)]
    [InlineData(6, 1.0, 3.0)]
    public void Brackets_the_sum_over_all_outcomes(int steps, double samplingRate, double epsilon)
    {
        foreach (var law in new[] { Lattices.Plateaus, new LatticeLaw(2, [900, 700, 300, 299, 50, 16], new DyadicRatio(1, 1)) })
        {
            var probabilities = Lattices.Probabilities(law);
            var exact = ExactComposition.Delta(probabilities, law.StepsPerSensitivity, samplingRate, steps, epsilon);
            var (least, most) = (Grid(up: false), Grid(up: true));
            Assert.True(least <= exact * (1 + 1e-9) && exact <= most * (1 + 1e-9), FormattableString.Invariant($"{least:R} {exact:R} {most:R}"));
            Assert.True(most <= 1.05 * least, FormattableString.Invariant($"{least:R} to {most:R}"));

            double Grid(bool up) => GridComposition.Delta(probabilities, law.StepsPerSensitivity, samplingRate, steps, epsilon, up);
        }
    }

    /// <summary>A tenth more steps, or noise a fiftieth narrower, is beyond what the certificate covers; the check says so. So it does of a certificate above the truth.</summary>
    [Theory]
    [InlineData(1, 1e-10, 1.0, 10)]
    [InlineData(3, 1e-5, 0.1, 20)]
    [InlineData(3, 1e-8, 0.02, 200)]
    public void A_false_certificate_is_found_out(double epsilon, double delta, double samplingRate, long steps)
    {
        var target = new SearchTarget(epsilon, delta, samplingRate, steps);
        var (laplace, certificate, _) = SearchedLattice.Of(stretch => LatticeLaw.Rounded(new LaplaceLaw(stretch), 8), target);
        Brackets(laplace, steps);
        Assert.Contains("above", Assert.ThrowsAny<XunitException>(() => Brackets(laplace, steps + (steps / 10))).Message, StringComparison.Ordinal);
        Assert.Contains("below", Assert.ThrowsAny<XunitException>(() => Brackets(laplace, steps - (steps / 10))).Message, StringComparison.Ordinal);
        var narrower = LatticeRounding.Scaled(laplace, 0.98);
        Assert.Contains("above", Assert.ThrowsAny<XunitException>(() => Brackets(narrower, steps)).Message, StringComparison.Ordinal);

        void Brackets(LatticeLaw law, long releases) =>
            FoundLaws.Brackets(certificate, Lattices.Probabilities(law), law.StepsPerSensitivity, new SearchTarget(epsilon, delta, samplingRate, releases));
    }
}

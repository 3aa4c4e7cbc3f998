using CsCheck;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Numerics;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

/// <summary>What every law must satisfy, whatever its parameters.</summary>
public class NoiseLawPropertyTests
{
    private const int Cases = 400;

    /// <summary>A law and a point that is somewhere in its bulk or its tail: a quantile of a random level.</summary>
    private static readonly Gen<(ContinuousLaw Law, double X)> LawAndPoint =
        Gen.Select(Laws.Any, Gen.Double[0.31, 20], (law, exponent) => (law, -law.Quantile(Math.Pow(10, -exponent))))
        .Where(pair => pair.Item2 < 1e200);

    [Fact]
    public void TheDensityIsSymmetricAndDoesNotIncreaseAwayFromZero() =>
        Gen.Select(LawAndPoint, Gen.Double[0, 1]).ForAll(
            (pair, fraction) =>
            {
                var (law, x) = pair;
                Assert.Equal(law.LogDensity(x), law.LogDensity(-x));
                Assert.True(law.LogDensity(x) <= law.LogDensity(fraction * x) + 1e-13 * Math.Max(1, Math.Abs(law.LogDensity(x))));
            },
            cases: Cases);

    [Fact]
    public void TheDistributionFunctionRisesAndItsTailsMirrorEachOther() =>
        Gen.Select(LawAndPoint, Gen.Double[0, 1]).ForAll(
            (pair, fraction) =>
            {
                var (law, x) = pair;
                // Up to rounding: within a few units in the last place neighbours may change places.
                Assert.True(law.Cdf(fraction * x) <= law.Cdf(x) * (1 + 1e-15));
                Assert.True(law.Survival(fraction * x) * (1 + 1e-13) >= law.Survival(x));
                Close.Relative(law.Survival(x), law.Cdf(-x), 1e-14, law.ToString());
                Close.Relative(1, law.Survival(x) + law.Cdf(x), 1e-14, law.ToString());
                Close.Relative(law.Survival(x), Math.Exp(law.LogSurvival(x)), 1e-12, law.ToString());
                Assert.Equal(1 - 2 * law.Survival(x), law.Usefulness(x), 1e-13);
            },
            cases: Cases);

    [Fact]
    public void NothingIsLeftAtInfinity() =>
        Laws.Any.ForAll(
            law =>
            {
                Assert.Equal(0, law.Survival(double.PositiveInfinity));
                Assert.Equal(1, law.Cdf(double.PositiveInfinity));
                Assert.Equal(double.NegativeInfinity, law.LogSurvival(double.PositiveInfinity));
                Assert.Equal(double.NegativeInfinity, law.LogDensity(double.NegativeInfinity));
                Assert.Equal(law.Survival(1), law.Probability(1, double.PositiveInfinity));
            },
            cases: 100);

    [Fact]
    public void TheQuantileInvertsTheTail() =>
        Gen.Select(Laws.Any, Gen.Double[0.31, 250]).ForAll(
            (law, exponent) =>
            {
                var tail = Math.Pow(10, -exponent);
                var x = -law.Quantile(tail);
                if (x < 1e250)
                    Close.Relative(Math.Log(tail), law.LogSurvival(x), 1e-13, law.ToString());
                if (tail > 1e-9)
                    Close.Relative(x, law.Quantile(1 - tail), 1e-6, law.ToString());
            },
            cases: Cases);

    [Fact]
    public void TheDensityIntegratesToTheDistributionFunction() =>
        Gen.Select(LawAndPoint, Gen.Double[0, 1]).ForAll(
            (pair, fraction) =>
            {
                var (law, x) = pair;
                var a = fraction * x;
                if (a == x)
                    return;
                var integral = Math.Exp(LogQuadrature.Integrate(law.LogDensity, a, x, x - a));
                Close.Relative(integral, law.Probability(a, x), 1e-9 + 1e-14 * law.Survival(a) / integral, law.ToString());
                var tail = LogQuadrature.Integrate(law.LogDensity, x, double.PositiveInfinity, x);
                Close.Relative(law.LogSurvival(x), tail, 1e-10, law.ToString());
            },
            cases: Cases);

    [Fact]
    public void ScalingTheLawScalesItsFigures() =>
        Gen.Select(LawAndPoint, Gen.Double[-1, 1]).ForAll(
            (pair, exponent) =>
            {
                var (law, x) = pair;
                var factor = Math.Pow(10, exponent);
                var scaled = law.Scale(factor);
                var name = law.ToString();
                Assert.Equal(law.LogDensity(x) - Math.Log(factor), scaled.LogDensity(factor * x), 1e-11 * Math.Max(1, Math.Abs(law.LogDensity(x))));
                Close.Relative(law.LogSurvival(x), scaled.LogSurvival(factor * x), 1e-12, name);
                Close.Relative(factor * law.StandardDeviation, scaled.StandardDeviation, 1e-9, name);
                Close.Relative(factor * law.MeanAbsolute, scaled.MeanAbsolute, 1e-9, name);
                Close.Relative(law.FisherInformation / (factor * factor), scaled.FisherInformation, 1e-9, name);
                Assert.Equal(law.Entropy + Math.Log(factor), scaled.Entropy, 1e-9);
                Close.Relative(new OneRelease(law, 1).Renyi(3), new OneRelease(scaled, factor).Renyi(3), 1e-9, name);
            },
            cases: 100);

    /// <summary>E|Z|, E Z^2, the entropy and the Fisher information by a quadrature over the density (and its difference quotient), nothing else of the law.</summary>
    [Fact]
    public void TheMomentsAreThoseOfTheDensity() =>
        Laws.Any.Where(law => law.StandardDeviation < 1e3 * law.MeanAbsolute && -law.Quantile(1e-16) < 1e6).ForAll(
            law =>
            {
                var scale = 1 / Math.Sqrt(law.FisherInformation);
                double HalfLine(Func<double, double> logWeight) =>
                    2 * Math.Exp(LogQuadrature.Integrate(z => law.LogDensity(z) + logWeight(z), 0, double.PositiveInfinity, scale));
                Close.Relative(1, HalfLine(_ => 0), 1e-10, law.ToString());
                Close.Relative(HalfLine(Math.Log), law.MeanAbsolute, 1e-9, law.ToString());
                Close.Relative(HalfLine(z => 2 * Math.Log(z)), law.StandardDeviation * law.StandardDeviation, 1e-9, law.ToString());
                double SlopeSquared(double z)
                {
                    var h = 1e-4 * scale;
                    return 2 * Math.Log(Math.Abs(law.LogDensity(z + 2 * h) - law.LogDensity(z + h)) / h);
                }
                Close.Relative(HalfLine(SlopeSquared), law.FisherInformation, 2e-3, law.ToString());
            },
            cases: 60);
}

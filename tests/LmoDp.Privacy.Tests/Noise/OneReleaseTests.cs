using CsCheck;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Numerics;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class OneReleaseTests
{
    private static readonly Gen<double> Shift = Gen.Double[-1, 1].Select(e => Math.Pow(10, e));

    /// <summary>Gaussian: D_a = a C^2 / (2 std^2), from far apart to hardly distinguishable, at orders on either side of 1.</summary>
    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(1e6)]
    public void TheGaussianRenyiDivergenceHasItsClosedForm(double std)
    {
        foreach (var order in new[] { 0.1, 0.5, 0.999, 1, 1.001, 1.5, 2, 10, 64.5, 500 })
            Close.Relative(order / (2 * std * std), new OneRelease(new GaussianLaw(std)).Renyi(order), 1e-9, $"std {std} order {order}");
    }

    /// <summary>Laplace: D_a = log[a/(2a-1) e^((a-1)/b) + (a-1)/(2a-1) e^(-a/b)] / (a-1) (Mironov 2017, Table II).</summary>
    [Theory]
    [InlineData(0.05)]
    [InlineData(1)]
    [InlineData(7)]
    public void TheLaplaceRenyiDivergenceHasItsClosedForm(double scale)
    {
        foreach (var order in new[] { 1.5, 2, 10, 64.5 })
        {
            var closed = (Math.Log(order / (2 * order - 1) + (order - 1) / (2 * order - 1) * Math.Exp(-(2 * order - 1) / scale)) + (order - 1) / scale) / (order - 1);
            Close.Relative(closed, new OneRelease(new LaplaceLaw(scale)).Renyi(order), 1e-10, $"scale {scale} order {order}");
        }
    }

    /// <summary>Reference: 40-digit evaluation of Phi(1/(2s) - eps s) - e^eps Phi(-1/(2s) - eps s) (mpmath).</summary>
    [Theory]
    [InlineData(1, 0, 0.3829249225480262)]
    [InlineData(1, 1, 0.12693673750664394)]
    [InlineData(2, 0.3, 0.0963528240623431)]
    [InlineData(0.3, 30, 3.436473568135017e-14)]
    [InlineData(1, 12, 5.208442068950465e-32)]
    public void TheGaussianDeltaKeepsItsDigits(double std, double epsilon, double delta)
    {
        var release = new OneRelease(new GaussianLaw(std));
        Close.Relative(delta, release.Delta(epsilon), 1e-11);
        if (epsilon > 0)
            Close.Relative(epsilon, release.Epsilon(delta), 1e-11);
    }

    [Fact]
    public void LaplaceHasItsClosedFormDelta()
    {
        var release = new OneRelease(new LaplaceLaw(0.5));
        Close.Relative(1 - Math.Exp((1.5 - 2) / 2), release.Delta(1.5), 1e-12);
        Assert.Equal(0, release.Delta(2));
        Assert.Equal(2, release.Epsilon(0));
        Assert.Equal(0, release.Epsilon(1));
        Assert.Equal(double.PositiveInfinity, new OneRelease(new GaussianLaw(1)).Epsilon(0));
    }

    [Fact]
    public void AtomsOfTheLossBelongToAtLeastOnly()
    {
        var release = new OneRelease(new LaplaceLaw(2));
        Assert.Equal(default, release.Exceeding(0.5));
        Close.Relative(0.5, release.AtLeast(0.5).WithExample, 1e-12);
        Close.Relative(0.5 * Math.Exp(-0.5), release.AtLeast(0.5).WithoutExample, 1e-12);
        Close.Relative(1 - 0.5, release.Exceeding(-0.5).WithoutExample, 1e-12);
        Assert.Equal(new LossMass(1, 1), release.AtLeast(-0.5));
    }

    /// <summary>The interval that a law reports is the set of outputs whose loss exceeds the threshold, monotone loss or not.</summary>
    [Fact]
    public void TheIntervalHoldsExactlyTheOutputsAboveTheThreshold() =>
        Gen.Select(Laws.Any, Shift, Gen.Double[0, 1.2], Gen.Double[-3, 3], Gen.Bool).ForAll(
            (law, shift, level, exponent, right) =>
            {
                var threshold = level * law.PrivacyLoss(shift, shift);
                var z = right ? shift * (0.5 + Math.Pow(10, exponent)) : shift * Math.Min(1, Math.Pow(10, exponent));
                var loss = law.PrivacyLoss(z, shift);
                if (Math.Abs(loss - threshold) < 1e-12 * Math.Max(1, Math.Abs(law.LogDensity(z))))
                    return;
                var interval = law.LossExceeding(threshold, shift);
                Assert.Equal(loss > threshold, interval.Lower < z && z < interval.Upper);
            },
            cases: 4000);

    [Fact]
    public void DeltaIsTheDifferenceOfTheMassesAndFallsWithEpsilon() =>
        Gen.Select(Laws.Any, Shift, Gen.Double[-1, 1.1]).ForAll(
            (law, shift, level) =>
            {
                var release = new OneRelease(law, shift);
                var epsilon = level * Math.Min(law.PrivacyLoss(shift, shift), 20);
                var mass = release.Exceeding(epsilon);
                var difference = mass.WithExample - Math.Exp(epsilon) * mass.WithoutExample;
                Assert.True(Math.Abs(difference - release.Delta(epsilon)) <= 1e-11 + 1e-15 * Math.Exp(epsilon));
                Assert.True(release.Delta(epsilon) >= release.Delta(epsilon + 0.01) * (1 - 1e-10));
                Assert.True(release.Delta(epsilon) >= -Elementary.Expm1(epsilon) - 1e-14);
            },
            cases: 200);

    /// <summary>The full shift dominates smaller ones, for log-concave and log-convex laws alike.</summary>
    [Fact]
    public void AFullShiftCostsMostInDeltaAndInRenyi() =>
        Gen.Select(Laws.Any, Gen.Double[0.05, 0.999], Gen.Double[0, 1], Gen.Double[0.3, 100]).ForAll(
            (law, part, level, order) =>
            {
                var (full, less) = (new OneRelease(law), new OneRelease(law, part));
                var epsilon = level * law.PrivacyLoss(1, 1);
                Assert.True(less.Delta(epsilon) <= full.Delta(epsilon) * (1 + 1e-10));
                Assert.True(less.Renyi(order) <= full.Renyi(order) * (1 + 1e-10));
            },
            cases: 200);

    [Fact]
    public void RenyiRisesWithTheOrderUpToThePureEpsilonAndStaysBelowThePapersBound() =>
        Gen.Select(Laws.Lmo, Gen.Double[1.01, 50]).ForAll(
            (law, order) =>
            {
                var release = new OneRelease(law);
                var divergence = release.Renyi(order);
                Assert.True(divergence <= release.Renyi(order * 1.5) * (1 + 1e-10));
                Assert.True(divergence <= release.PureEpsilon * (1 + 1e-10));
                Assert.True(divergence <= law.MomentRenyiBound(order) * (1 + 1e-10));
                var outside = law.Gamma is { } g ? 1 + 1 / (g.Weight * g.Scale) : law.Exponential is { } e ? 1 + e.Rate / e.Weight : 0;
                if (outside > 0)
                    Assert.Equal(double.PositiveInfinity, law.MomentRenyiBound(outside * (1 + 1e-9)));
            },
            cases: 200);
}

using CsCheck;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using MathNet.Numerics.Distributions;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.Brackets;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The loss-distribution accountant's bracket against contour integrals, over random subsampled Gaussian compositions.</summary>
public class PldContourTests
{
    /// <summary>The integral itself, where delta has a closed form.</summary>
    [Theory]
    [InlineData(2, 1, 1, 0.3)]
    [InlineData(0.5, 1, 1, 20)]
    [InlineData(40, 1, 1000, 0.5)]
    [InlineData(1, 0.01, 1, 0.1)]
    [InlineData(3, 0.02, 1, 0.1)]
    [InlineData(0.4, 1e-5, 1, 3)]
    public void The_contour_integral_has_the_closed_forms(double std, double samplingRate, long steps, double epsilon)
    {
        var exact = ClosedForm(std, samplingRate, steps, epsilon);

        var (delta, error) = ContourIntegral.Largest(std, samplingRate, steps, epsilon, exact);

        Close.Relative(exact, delta, 1e-8);
        Assert.InRange(error, 0, 1e-9);
    }

    /// <summary>One release, or T unsampled ones: q H at x = (e^epsilon - 1 + q) / q (Balle, Barthe, Gaboardi 2018, Theorem 2; removal, the larger direction), and H of a Gaussian pair.</summary>
    private static double ClosedForm(double std, double samplingRate, long steps, double epsilon)
    {
        var width = std / Math.Sqrt(steps);
        var threshold = Math.Log((Math.Exp(epsilon) - 1 + samplingRate) / samplingRate);
        return samplingRate * (Normal.CDF(0, 1, 0.5 / width - threshold * width) - Math.Exp(threshold) * Normal.CDF(0, 1, -0.5 / width - threshold * width));
    }

    /// <summary>Few steps at small q: one or two large losses decide, which no tilt makes probable.</summary>
    [Theory]
    [InlineData(1.039062443963306, 3.865254647951425e-4, 11, 4.761398098906194e-18)]
    [InlineData(1, 1e-4, 5, 1e-20)]
    public void A_few_large_losses_are_bracketed_tightly(double std, double samplingRate, long steps, double delta)
    {
        var bounds = PldAccountant.Epsilon(Scalar(new GaussianLaw(std), samplingRate, steps), delta);
        var (atUpper, errorAtUpper) = ContourIntegral.Largest(std, samplingRate, steps, bounds.Upper, delta);
        var (atLower, errorAtLower) = ContourIntegral.Largest(std, samplingRate, steps, bounds.Lower, delta);

        Assert.True(errorAtUpper <= 2e-5 && errorAtLower <= 2e-5, FormattableString.Invariant($"{bounds}: {errorAtUpper:E1}, {errorAtLower:E1}"));
        Assert.True(atUpper <= delta * (1 + 2e-5) && atLower >= delta * (1 - 2e-5), FormattableString.Invariant($"{bounds}: {atUpper:R}, {atLower:R}"));
        Assert.True(bounds.RelativeWidth <= 1e-4, bounds.ToString());
    }

    [Fact]
    public void Random_Gaussian_compositions_are_bracketed() => Bracketed(12);

    [Fact]
    [Trait("Category", "Soak")]
    public void Many_random_Gaussian_compositions_are_bracketed() => Bracketed(300);

    /// <summary>CsCheck's own doubles prefer round numbers.</summary>
    private static Gen<double> Uniform(double low, double high) => Gen.Int[0, 1 << 24].Select(i => low + (high - low) * i / (1 << 24));

    /// <summary>T from 1 to 1e5, q from 1e-5 to 1, sigma from 0.4 to 50, all uniform in logarithm (q = 1 in one case of eight); delta from 1e-30 to 1e-3.</summary>
    private static void Bracketed(int cases)
    {
        var (settled, free, counted) = (0, 0, 0);
        Gen.Select(Uniform(Math.Log(0.4), Math.Log(50)), Gen.Frequency((7, Uniform(-5, 0)), (1, Gen.Const(0.0))), Uniform(0, 5), Uniform(-30, -3)).ForAll((logStd, logRate, logSteps, logDelta) =>
        {
            var (std, samplingRate, steps, delta) = (Math.Exp(logStd), Math.Pow(10, logRate), (long)Math.Pow(10, logSteps), Math.Pow(10, logDelta));
            var bounds = PldAccountant.Epsilon(Scalar(new GaussianLaw(std), samplingRate, steps), delta);
            var what = FormattableString.Invariant($"std {std:R}, q {samplingRate:R}, T {steps}, delta {delta:R}: {bounds}");
            (double Delta, double Error) Exact(double epsilon) => steps == 1 ? (ClosedForm(std, samplingRate, steps, epsilon), 0) : ContourIntegral.Largest(std, samplingRate, steps, epsilon, delta);
            counted++;
            Assert.True(bounds.RelativeWidth <= 1e-3, what);
            if (bounds.Upper == 0)
            {
                // Free where the total variations add up to no more than delta, or where delta(0) is no more, of which delta just above 0 is told.
                if (steps * samplingRate * (2 * Normal.CDF(0, 1, 0.5 / std) - 1) > delta * (1 + 1e-9))
                {
                    var (atZero, error) = Exact(0.05 * delta);
                    if (!(error <= 1e-7))
                        return;
                    Assert.True(atZero <= delta, what);
                }
                free++;
                return;
            }
            var (atUpper, errorAtUpper) = Exact(bounds.Upper);
            var (atLower, errorAtLower) = bounds.Lower > 0 ? Exact(bounds.Lower) : (1, 0);
            if (!(errorAtUpper <= 1e-7 && errorAtLower <= 1e-7))
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"undecided: {errorAtUpper:E1} {errorAtLower:E1} {what}");
                return;
            }
            settled++;
            Assert.True(atUpper <= delta * (1 + 1e-7), FormattableString.Invariant($"{what}: delta {atUpper:R} at the upper bound"));
            Assert.True(atLower >= delta * (1 - 1e-7), FormattableString.Invariant($"{what}: delta {atLower:R} at the lower bound"));
        }, cases);
        TestContext.Current.TestOutputHelper?.WriteLine($"{settled} bracketed, {free} free, of {counted}");
        Assert.True(settled + free >= 0.85 * counted, $"only {settled} and {free} of {counted} integrals settled");
    }
}

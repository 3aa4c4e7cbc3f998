using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

public class CalibrationTests
{
    [Fact]
    public void Gaussian_of_the_first_journey_has_the_exact_noise_multiplier()
    {
        var calibrated = Calibration.Calibrate(new VectorRelease(new GaussianLaw(1)), 0.3, 1e-10, 2048.0 / 67349, 192);

        Close.Relative(8.1159, calibrated.Noise.StandardDeviation, 1e-5);
        Assert.InRange(calibrated.Epsilon.Upper, 0.3 * (1 - 1e-5), 0.3);
        Assert.True(calibrated.Epsilon.Lower <= calibrated.Epsilon.Upper);
        Assert.Equal(AccountantKind.Pld, calibrated.Accountant);
    }

    [Theory]
    [InlineData("gaussian:std=1", 1, 1e-6, 0.02, 100)]
    [InlineData("laplace:scale=1", 0.5, 1e-8, 0.1, 30)]
    public void Noise_grows_with_steps_and_rate_and_falls_with_epsilon_and_delta(string law, double epsilon, double delta, double samplingRate, long steps)
    {
        double Noise(double e, double d, double q, long t) =>
            Calibration.Calibrate(new ScalarRelease(NoiseLawParser.Parse(law)), e, d, q, t).Noise.StandardDeviation;
        var here = Noise(epsilon, delta, samplingRate, steps);

        Assert.True(Noise(1.01 * epsilon, delta, samplingRate, steps) < here);
        Assert.True(Noise(epsilon, 1.1 * delta, samplingRate, steps) < here);
        Assert.True(Noise(epsilon, delta, 1.01 * samplingRate, steps) > here);
        Assert.True(Noise(epsilon, delta, samplingRate, steps + 1) > here);
    }

    [Fact]
    public void Laplace_for_pure_privacy_has_scale_one_over_epsilon()
    {
        var calibrated = Calibration.Calibrate(new ScalarRelease(new LaplaceLaw(3)), 0.5, 0, 1, 1);

        Close.Relative(2, calibrated.Noise.MeanAbsolute, 2e-6);
        Assert.True(calibrated.Epsilon.Upper <= 0.5);
    }

    [Theory]
    [InlineData(0, 1e-5, 0.1, 10)]
    [InlineData(double.NaN, 1e-5, 0.1, 10)]
    [InlineData(double.PositiveInfinity, 1e-5, 0.1, 10)]
    [InlineData(1, double.NaN, 0.1, 10)]
    [InlineData(1, 1, 0.1, 10)]
    [InlineData(1, -1e-5, 0.1, 10)]
    [InlineData(1, 1e-5, 0, 10)]
    [InlineData(1, 1e-5, 1.5, 10)]
    [InlineData(1, 1e-5, double.NaN, 10)]
    [InlineData(1, 1e-5, 0.1, 0)]
    [InlineData(1, 1e-5, 0.1, -1)]
    [InlineData(1, 0, 0.1, 10)]
    public void Impossible_targets_are_bad_input(double epsilon, double delta, double samplingRate, long steps)
    {
        var refused = Assert.Throws<BadInputException>(
            () => Calibration.Calibrate(new ScalarRelease(new GaussianLaw(1)), epsilon, delta, samplingRate, steps));

        Assert.DoesNotContain('\n', refused.Message);
    }
}

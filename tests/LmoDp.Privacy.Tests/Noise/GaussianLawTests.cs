using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class GaussianLawTests
{
    /// <summary>Reference values: erfc in 40 digits (mpmath).</summary>
    [Theory]
    [InlineData(-3, 0.9986501019683699, -0.0013508099647481938)]
    [InlineData(-0.5, 0.6914624612740131, -0.3689464152886564)]
    [InlineData(1e-3, 0.49960105778608893, -0.6939453834669652)]
    [InlineData(0.3, 0.3820885778110474, -0.9621028181688507)]
    [InlineData(0.7, 0.24196365222307303, -1.4189677615315315)]
    [InlineData(1.5, 0.06680720126885807, -2.7059444008238898)]
    [InlineData(4, 3.1671241833119924e-05, -10.360101486527292)]
    [InlineData(5.6, 1.071759025831093e-08, -18.35137949590933)]
    [InlineData(5.7, 5.990371401063528e-09, -18.933112423224742)]
    [InlineData(8.6, 3.985804962848182e-18, -40.063792383844216)]
    [InlineData(20, 2.7536241186062337e-89, -203.91715537109727)]
    [InlineData(30, 4.906713927148187e-198, -454.3212439563432)]
    [InlineData(37, 5.725571222524577e-300, -689.0305855768906)]
    public void TheTailIsRelativelyAccurate(double x, double survival, double logSurvival)
    {
        var law = new GaussianLaw(1);
        Close.Relative(survival, law.Survival(x), 1e-15);
        Close.Relative(logSurvival, law.LogSurvival(x), 1e-15);
        Close.Relative(survival, law.Cdf(-x), 1e-15);
    }

    [Theory]
    [InlineData(50, -1254.8313611394199)]
    [InlineData(1e3, -500007.82669481216)]
    [InlineData(1e8, -5000000000000019.0)]
    public void TheLogarithmOfTheTailOutlastsTheTail(double x, double logSurvival) =>
        Close.Relative(logSurvival, new GaussianLaw(1).LogSurvival(x), 1e-15);

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-100)]
    [InlineData(1e-20)]
    [InlineData(1e-6)]
    [InlineData(0.01)]
    [InlineData(0.0999)]
    [InlineData(0.1001)]
    [InlineData(0.3)]
    [InlineData(0.49999)]
    public void TheQuantileInvertsTheTail(double tail)
    {
        var law = new GaussianLaw(2.5);
        // A relative error e in x is worth x^2 e in the tail.
        Close.Relative(tail, law.Survival(-law.Quantile(tail)), 1e-12);
    }

    [Fact]
    public void FirstReleaseFiguresHaveTheirClosedForms()
    {
        var law = new GaussianLaw(2);
        Close.Relative(2 * Math.Sqrt(2 / Math.PI), law.MeanAbsolute, 1e-15);
        Close.Relative(0.25, law.FisherInformation, 1e-15);
        Close.Relative(0.5 * Math.Log(2 * Math.PI * Math.E * 4), law.Entropy, 1e-15);
        Close.Relative(1 - 2 * law.Survival(1), law.Usefulness(1), 1e-14);
        Assert.Equal("gaussian:std=2", law.ToString());
        Close.Relative(law.LogDensity(2.2) - law.LogDensity(3.2), law.PrivacyLoss(3.2, 1), 1e-13);
        Close.Relative(1.5, law.PrivacyLoss(law.LossExceeding(1.5, 1).Lower, 1), 1e-14);
    }
}

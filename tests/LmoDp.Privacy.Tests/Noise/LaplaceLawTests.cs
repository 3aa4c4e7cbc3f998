using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class LaplaceLawTests
{
    private readonly LaplaceLaw law = new(2);

    [Fact]
    public void FiguresHaveTheirClosedForms()
    {
        Assert.Equal(2, law.MeanAbsolute);
        Close.Relative(Math.Sqrt(8), law.StandardDeviation, 1e-15);
        Close.Relative(0.25, law.FisherInformation, 1e-15);
        Close.Relative(1 + Math.Log(4), law.Entropy, 1e-15);
        Close.Relative(1 - Math.Exp(-0.5), law.Usefulness(1), 1e-15);
        Close.Relative(1e-20, law.Usefulness(2e-20), 1e-15);
        Assert.Equal("laplace:scale=2", law.ToString());
        Assert.Equal(0.5, law.MaximumPrivacyLoss(1));
    }

    [Fact]
    public void TheTailNeverLosesItsDigits()
    {
        Close.Relative(0.5 * Math.Exp(-600), law.Survival(1200), 1e-13);
        Close.Relative(Math.Log(0.5) - 1e6, law.LogSurvival(2e6), 1e-15);
        Close.Relative(-0.5e-15, law.LogSurvival(2 * Math.Log(1e-15)), 1e-13);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-9)]
    [InlineData(0.2499)]
    [InlineData(0.2501)]
    [InlineData(0.4999999999)]
    public void TheQuantileInvertsTheTail(double tail) => Close.Relative(tail, law.Survival(-law.Quantile(tail)), 1e-12);

    [Fact]
    public void TheLossExceedsAThresholdOnAHalfLineAndNeverReachesItsMaximum()
    {
        Assert.Equal(new LossInterval(0.7, double.PositiveInfinity), law.LossExceeding(0.2, 1));
        Assert.True(law.LossExceeding(0.5, 1).IsEmpty);
        Assert.Equal(0.5, law.PrivacyLoss(7, 1));
        Assert.Equal(-0.5, law.PrivacyLoss(-7, 1));
    }
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

public class EpsilonEstimateTests
{
    [Theory]
    [InlineData("gaussian:std=60", 1e-10, 1, 10)]
    [InlineData("laplace:scale=6", 1e-6, 1, 10)]
    [InlineData("generalised-gaussian:std=1.1,power=1.4", 1e-10, 0.0304, 192)]
    [InlineData("lmo:a1=1,k=0.05,theta=10,a3=0.2,rate=1,a4=0.4,a=1,b=1.1", 1e-8, 0.01, 1000)]
    [InlineData("lmo:a1=0.3,k=3,theta=0.1,a4=0.4,a=0.2,b=2", 1e-5, 0.2, 3)]
    public void Composed_estimate_is_within_a_thousandth_of_the_accountant(string text, double delta, double samplingRate, long steps)
    {
        var law = (ContinuousLaw)NoiseLawParser.Parse(text);
        var proven = PldAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(law), samplingRate, steps)), delta);

        Close.Relative(proven.Upper, EpsilonEstimate.Of(law, new SearchTarget(1, delta, samplingRate, steps)), 1e-3, text);
    }

    [Theory]
    [InlineData("gaussian:std=20", 1e-10, 1)]
    [InlineData("laplace:scale=3", 1e-10, 1)]
    [InlineData("generalised-gaussian:std=4.7,power=1.0001", 1e-10, 1)]
    [InlineData("generalised-gaussian:std=0.4,power=1.0001", 1e-7, 0.02)]
    [InlineData("lmo:a1=0.3,k=3,theta=0.1,a4=0.4,a=0.2,b=2", 1e-5, 1)]
    public void One_release_is_nearly_exact(string text, double delta, double samplingRate)
    {
        var law = (ContinuousLaw)NoiseLawParser.Parse(text);
        // Removal has q times the unsampled delta at the loss that sampling turns into epsilon.
        var exact = Math.Log(1 + samplingRate * (Math.Exp(new OneRelease(law).Epsilon(delta / samplingRate)) - 1));

        Close.Relative(exact, EpsilonEstimate.Of(law, new SearchTarget(1, delta, samplingRate, 1)), 1e-7, text);
    }

    [Fact]
    public void A_delta_that_total_variation_does_not_reach_costs_nothing() =>
        Assert.Equal(0, EpsilonEstimate.Of(new LaplaceLaw(1000), new SearchTarget(1, 0.1, 1, 1)));
}

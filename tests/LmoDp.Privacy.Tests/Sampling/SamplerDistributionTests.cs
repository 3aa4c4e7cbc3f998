using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using Xunit;

namespace LmoDp.Privacy.Tests.Sampling;

/// <summary>A million real draws of each law against the very distribution function that is accounted.</summary>
public class SamplerDistributionTests
{
    private const int Draws = 1_000_000, ManyDraws = 10_000_000;

    public static TheoryData<string> Texts =>
    [
        "gaussian:std=1",
        "gaussian:std=3.7",
        "laplace:scale=2",
        "generalised-gaussian:std=2,power=1.4",
        "generalised-gaussian:std=1,power=2",
        "generalised-gaussian:std=0.7,power=1",
        "generalised-gaussian:std=5,power=1.05",
        "generalised-gaussian:std=1,power=1.75",
        "lmo:a1=1,k=2,theta=1",
        "lmo:a1=1,k=0.3,theta=2",
        "lmo:a1=0.5,k=7.5,theta=0.2",
        "lmo:a3=1,rate=3",
        "lmo:a4=1,a=0,b=2",
        "lmo:a4=2,a=1,b=1",
        "lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void DrawsFollowTheLaw(string text) => Accept(text, Draws);

    [Theory]
    [Trait("Category", "Soak")]
    [MemberData(nameof(Texts))]
    public void TenMillionDrawsFollowTheLaw(string text) => Accept(text, ManyDraws);

    private static void Accept(string text, int count)
    {
        var law = NoiseLawParser.Parse(text);
        using var random = AesCtrRandomSource.FromSeed(20240601, text);
        var draws = new double[count];
        law.Sample(random, draws);
        KolmogorovSmirnov.Accept(draws, law.Cdf, text);
    }

    [Fact]
    public void SingleDrawsFollowTheLawToo()
    {
        var law = new GaussianLaw(1);
        using var random = AesCtrRandomSource.FromSeed(1, "single draws");
        var draws = new double[Draws];
        foreach (ref var draw in draws.AsSpan())
            draw = law.Sample(random);
        KolmogorovSmirnov.Accept(draws, law.Cdf, "single draws");
    }

    /// <summary>The published code draws the Exponential with mean E_lambda and accounts for it with mean 1/E_lambda: its draws do not follow the accounted law.</summary>
    [Fact]
    public void DrawsOfTheAuthorsSamplerFailAgainstTheirAccountantsLaw()
    {
        var accounted = NoiseLawParser.Parse("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2");
        var drawn = NoiseLawParser.Parse("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,scale=5,a4=0.1,a=1,b=2");
        using var random = AesCtrRandomSource.FromSeed(2, "authors");
        var draws = new double[Draws];
        drawn.Sample(random, draws);
        Assert.True(KolmogorovSmirnov.Statistic(draws, accounted.Cdf) > 10 * KolmogorovSmirnov.Threshold);
        KolmogorovSmirnov.Accept(draws, drawn.Cdf, "the law that is drawn");
    }

    [Fact]
    public void NeighbouringGaussianDrawsAreIndependent()
    {
        using var random = AesCtrRandomSource.FromSeed(3, "pairs");
        var draws = new double[Draws];
        GaussianSampler.Fill(random, draws);
        // The two draws of a pair lie 256 places apart in a full chunk, and neighbours one place.
        foreach (var lag in new[] { 1, 256 })
        {
            var sum = 0.0;
            for (var i = lag; i < Draws; i++)
                sum += draws[i] * draws[i - lag];
            Assert.True(Math.Abs(sum / Math.Sqrt(Draws - lag)) < 5.8, $"lag {lag}");
        }
    }
}

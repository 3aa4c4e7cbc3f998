using LmoDp.Privacy.Sampling;
using Xunit;

namespace LmoDp.Privacy.Tests.Sampling;

public class PoissonSubsamplerTests
{
    [Fact]
    public void RatesZeroAndOneAreExact()
    {
        Assert.Empty(new PoissonSubsampler(0).Draw(new ForcedSource(), 1000));
        Assert.Equal(Enumerable.Range(0, 1000), new PoissonSubsampler(1).Draw(new ForcedSource(), 1000));
        Assert.Empty(new PoissonSubsampler(0.5).Draw(new ForcedSource(), 0));
    }

    [Theory]
    [InlineData(0.03)]
    [InlineData(0.5)]
    [InlineData(0.9999)]
    [InlineData(1e-4)]
    public void TheNumberDrawnIsBinomialAndEveryStretchGetsItsShare(double q)
    {
        using var random = AesCtrRandomSource.FromSeed(7, "poisson");
        const int n = 1_000_000;
        var drawn = new PoissonSubsampler(q).Draw(random, n);
        var deviation = Math.Sqrt(n * q * (1 - q));
        // 5.8 standard deviations: a right sampler fails once in 1e8.
        Assert.InRange(drawn.Count, n * q - 5.8 * deviation, n * q + 5.8 * deviation);
        var early = drawn.Count(i => i < n / 2);
        Assert.InRange(early, n * q / 2 - 5.8 * deviation / Math.Sqrt(2), n * q / 2 + 5.8 * deviation / Math.Sqrt(2));
        Assert.Equal(drawn.Distinct().Order(), drawn);
    }

    /// <summary>q = 3 * 2^-64 + 2^-66: a first word of 3 ties, and the second is compared with 2^62, after which q has no further digits.</summary>
    [Theory]
    [InlineData(new ulong[] { 2 }, true)]
    [InlineData(new ulong[] { 4 }, false)]
    [InlineData(new ulong[] { 3, (1UL << 62) - 1 }, true)]
    [InlineData(new ulong[] { 3, (1UL << 62) + 1 }, false)]
    [InlineData(new ulong[] { 3, 1UL << 62 }, false)]
    public void TiesAreDecidedByFurtherDigits(ulong[] words, bool drawn)
    {
        var source = new ForcedSource(words);
        var q = Math.ScaleB(3, -64) + Math.ScaleB(1, -66);
        Assert.Equal(drawn ? 1 : 0, new PoissonSubsampler(q).Draw(source, 1).Count);
        Assert.True(source.IsExhausted);
    }

    [Fact]
    public void RatesFarBelowOneWordAreHonouredToTheirLastDigit()
    {
        // q = 2^-100 + 2^-152: no digit in the first word, 2^28 in the second, 2^40 in the third.
        var q = Math.ScaleB(1 + Math.ScaleB(1, -52), -100);
        Assert.Single(new PoissonSubsampler(q).Draw(new ForcedSource(0, (1UL << 28) - 1), 1));
        Assert.Single(new PoissonSubsampler(q).Draw(new ForcedSource(0, 1UL << 28, (1UL << 40) - 1), 1));
        Assert.Empty(new PoissonSubsampler(q).Draw(new ForcedSource(0, 1UL << 28, 1UL << 40), 1));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void ARateOutsideZeroToOneIsRefused(double q) => Assert.Throws<BadInputException>(() => new PoissonSubsampler(q));
}

using LmoDp.Privacy.Sampling;
using Xunit;

namespace LmoDp.Privacy.Tests.Sampling;

/// <summary>The tail of the Gaussian sampler beyond what a 53-bit uniform reaches (8.57), where draws are too rare to wait for: the first word is forced small.</summary>
public class GaussianTailTests
{
    [Theory]
    [InlineData(1UL, 0UL, 9.4192)] // u = 2^-64: sqrt(128 log 2)
    [InlineData(0UL, 1UL << 63, 9.4925)] // u = 2^-65
    [InlineData(0UL, 0UL, 13.3729)] // u = 2^-129, the smallest there is
    public void TheSmallestWordsGiveTheLargestDraws(ulong radius, ulong second, double expected)
    {
        var single = new ForcedSource(radius, second, 0);
        Close.Relative(expected, GaussianSampler.Next(single), 1e-4);
        Assert.True(single.IsExhausted);
        var filled = new double[2];
        GaussianSampler.Fill(new ForcedSource(radius, 0, second), filled);
        Close.Relative(expected, filled[0], 1e-4);
        Assert.Equal(0, filled[1]);
    }

    /// <summary>Given that the first <paramref name="zeros"/> bits of the radius word are 0, R^2/2 exceeds zeros * log 2 by an Exponential.</summary>
    [Theory]
    [InlineData(9)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(40)]
    [InlineData(52)]
    [InlineData(60)]
    [InlineData(64)]
    public void TheConditionalLawOfTheExtremeIsExact(int zeros)
    {
        using var random = AesCtrRandomSource.FromSeed(4, $"tail {zeros}");
        var excess = new double[200_000];
        var pair = new double[2];
        var mask = zeros == 64 ? 0 : ulong.MaxValue >> zeros;
        for (var i = 0; i < excess.Length; i++)
        {
            GaussianSampler.Fill(new ForcedSource(random.NextUInt64() & mask, random.NextUInt64(), random.NextUInt64()), pair);
            excess[i] = (pair[0] * pair[0] + pair[1] * pair[1]) / 2 - zeros * Math.Log(2);
        }
        KolmogorovSmirnov.Accept(excess, x => x < 0 ? 0 : 1 - Math.Exp(-x), $"{zeros} leading zeros");
    }

    [Fact]
    public void TheVectorisedAndTheScalarPathsAgree()
    {
        using var source = AesCtrRandomSource.FromSeed(5, "paths");
        // Seven pairs: one block of four by vector instructions, three by scalar ones.
        var words = Enumerable.Range(0, 14).Select(_ => source.NextUInt64() | 1UL << 60).ToArray();
        var draws = new double[14];
        GaussianSampler.Fill(new ForcedSource(words), draws);
        for (var i = 0; i < 7; i++)
            Assert.Equal(GaussianSampler.Next(new ForcedSource(words[i], words[7 + i])), draws[i], 1e-14);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(2047)]
    public void EveryPlaceIsFilledWhateverTheLength(int length)
    {
        using var random = AesCtrRandomSource.FromSeed(6, "lengths");
        var draws = new double[length];
        GaussianSampler.Fill(random, draws);
        Assert.DoesNotContain(0.0, draws);
        Assert.Equal(length, draws.Distinct().Count());
    }
}

using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using LmoDp.Privacy.Tests.Noise;
using MathNet.Numerics;
using Xunit;

namespace LmoDp.Privacy.Tests.Sampling;

public class LatticeSamplerTests
{
    private const int Draws = 1_000_000, ManyDraws = 10_000_000;

    /// <summary>A right sampler is rejected once in 1e8 tests; the seeds are fixed.</summary>
    private const double FalseAlarm = 1e-8;

    public static TheoryData<string> Texts =>
    [
        "lattice:steps=4,ratio=3/2^2,weights=9+7+4",
        "lattice:steps=1,ratio=1/2^1,weights=5",
        "lattice:steps=4,ratio=3/2^2,weights=1000+990+100+99+98+97+96+4",
        "lattice:steps=2,ratio=61/2^6,weights=1000000007+1000000007+600",
        LatticeLaw.Rounded(new GaussianLaw(3), 8).ToString(),
        LatticeLaw.Rounded(NoiseLawParser.Parse("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2"), 4).ToString(),
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Draws_follow_the_weights(string text) => AcceptCounts(text, Draws);

    [Theory]
    [Trait("Category", "Soak")]
    [MemberData(nameof(Texts))]
    public void Ten_million_draws_follow_the_weights(string text) => AcceptCounts(text, ManyDraws);

    private static void AcceptCounts(string text, int draws)
    {
        var law = (LatticeLaw)NoiseLawParser.Parse(text);
        using var random = AesCtrRandomSource.FromSeed(20261124, text);
        var counts = new Dictionary<long, int>();
        for (var i = 0; i < draws; i++)
        {
            var k = law.SampleSteps(random);
            counts[k] = counts.GetValueOrDefault(k) + 1;
        }
        // Outcomes with at least 20 expected draws each by themselves, everything beyond together with its sign.
        var p = Lattices.Probabilities(law);
        var last = Array.FindLastIndex(p, probability => probability * draws >= 20);
        var (statistic, cells) = (0.0, 0);
        void Cell(double expected, int seen)
        {
            statistic += (seen - expected) * (seen - expected) / expected;
            cells++;
        }
        for (var k = -last; k <= last; k++)
            Cell(draws * p[Math.Abs(k)], counts.GetValueOrDefault(k));
        var beyond = draws * p.Skip(last + 1).Sum();
        if (beyond >= 5)
        {
            Cell(beyond, counts.Where(pair => pair.Key > last).Sum(pair => pair.Value));
            Cell(beyond, counts.Where(pair => pair.Key < -last).Sum(pair => pair.Value));
        }
        var chance = SpecialFunctions.GammaUpperRegularized((cells - 1) / 2.0, statistic / 2);
        Assert.True(chance > FalseAlarm, FormattableString.Invariant($"chi-square {statistic:F1} on {cells} cells"));
    }

    /// <summary>Against the distribution function that is accounted. (On a lattice the Kolmogorov-Smirnov threshold for continuous laws is only safer.)</summary>
    [Theory]
    [MemberData(nameof(Texts))]
    public void Draws_follow_the_distribution_function(string text)
    {
        var law = NoiseLawParser.Parse(text);
        using var random = AesCtrRandomSource.FromSeed(3, text);
        var draws = new double[Draws];
        law.Sample(random, draws);
        Array.Sort(draws);
        var distance = 0.0;
        for (var i = 0; i < Draws; i++)
            if (i + 1 == Draws || draws[i + 1] > draws[i])
                distance = Math.Max(distance, Math.Abs((i + 1.0) / Draws - law.Cdf(draws[i])));
        Assert.True(Math.Sqrt(Draws) * distance < KolmogorovSmirnov.Threshold);
    }

    /// <summary>Every word that the uniform can be made of, once: outcomes come up exactly as often as their weights say, and words beyond the total not at all.</summary>
    [Fact]
    public void Outcomes_come_up_exactly_as_often_as_their_weights()
    {
        // 4 + 2 (2 + 1 + 1/2 + ...) = 4 + 2 (2 + 2) = 12 of 16 four-bit words.
        var law = new LatticeLaw(1, [4, 2], new DyadicRatio(1, 1));
        Assert.Equal((UInt128)12, law.Total);
        var counts = new Dictionary<long, int>();
        var rejected = 0;
        const ulong stop = ulong.MaxValue;
        for (var word = 0UL; word < 16; word++)
        {
            // A rejected word is followed by word 0; the last word ends a tail, whose trials succeed below 2^63.
            var source = new ForcedSource(word << 60, word < 12 ? stop : 0, stop);
            var k = law.SampleSteps(source);
            if (word >= 12)
            {
                rejected++;
                Assert.Equal(0, k);
            }
            else
                counts[k] = counts.GetValueOrDefault(k) + 1;
        }
        Assert.Equal(4, rejected);
        Assert.Equal([(-2, 2), (-1, 2), (0, 4), (1, 2), (2, 2)], counts.OrderBy(pair => pair.Key).Select(pair => ((int)pair.Key, pair.Value)));
    }

    [Fact]
    public void Every_trial_lengthens_the_tail_by_one_step()
    {
        var law = new LatticeLaw(1, [4, 2], new DyadicRatio(1, 1));
        // Word 8 of 16 is the first of the tail; three successes and a failure.
        Assert.Equal(5, Math.Abs(law.SampleSteps(new ForcedSource(8UL << 60, 0, 1, 2, ulong.MaxValue))));
    }

    [Fact]
    public void Wide_uniforms_cover_their_range_evenly()
    {
        using var random = AesCtrRandomSource.FromSeed(4, "wide");
        var bound = ((UInt128)3 << 100) + 5;
        var counts = new int[3];
        for (var i = 0; i < 300_000; i++)
        {
            var u = random.NextBelow(bound);
            Assert.True(u < bound);
            counts[Math.Min((int)(u >> 100), 2)]++;
        }
        // 100,000 each, standard deviation 258: 6 deviations, an error once in 1e8.
        Assert.All(counts, count => Assert.InRange(count, 98_450, 101_550));
        Assert.Equal(UInt128.Zero, random.NextBelow(1));
    }
}

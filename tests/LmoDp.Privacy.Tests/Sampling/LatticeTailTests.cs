using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using MathNet.Numerics;
using Xunit;

namespace LmoDp.Privacy.Tests.Sampling;

/// <summary>The geometric tail of lattice laws by itself: how far beyond the last weight a draw lies, given that it does, by chi-square.</summary>
public class LatticeTailTests
{
    /// <summary>A right sampler is rejected once in 1e8 tests; the seeds are fixed.</summary>
    private const double FalseAlarm = 1e-8;

    [Theory]
    [InlineData("lattice:steps=1,ratio=1/2^1,weights=5")]
    [InlineData("lattice:steps=4,ratio=3/2^2,weights=9+7+4")]
    [InlineData("lattice:steps=2,ratio=61/2^6,weights=1000+900+600")]
    [InlineData("lattice:steps=3,ratio=1/2^6,weights=63")]
    public void Steps_into_the_tail_are_geometric(string text) => Accept(text, 200_000);

    [Theory]
    [Trait("Category", "Soak")]
    [InlineData("lattice:steps=1,ratio=1/2^1,weights=5")]
    [InlineData("lattice:steps=4,ratio=3/2^2,weights=9+7+4")]
    [InlineData("lattice:steps=2,ratio=61/2^6,weights=1000+900+600")]
    [InlineData("lattice:steps=3,ratio=1/2^6,weights=63")]
    public void Steps_into_the_tail_are_geometric_in_ten_million_draws(string text) => Accept(text, 10_000_000);

    private static void Accept(string text, int draws)
    {
        var law = (LatticeLaw)NoiseLawParser.Parse(text);
        using var random = AesCtrRandomSource.FromSeed(20261124, "tail " + text);
        var counts = new Dictionary<long, int>();
        for (var i = 0; i < draws; i++)
        {
            var k = law.SampleSteps(random);
            var beyond = Math.Abs(k) - (law.Weights.Count - 1);
            if (beyond > 0)
                counts[Math.Sign(k) * beyond] = counts.GetValueOrDefault(Math.Sign(k) * beyond) + 1;
        }
        // Given that a draw is in the tail: its sign is even, and beyond - 1 is geometric. Cells of at least 20 expected draws, what lies farther out together.
        var inTail = counts.Values.Sum();
        var ratio = law.TailRatio.Value;
        var (statistic, cells) = (0.0, 0);
        void Cell(double probability, int seen)
        {
            statistic += Math.Pow(seen - inTail * probability, 2) / (inTail * probability);
            cells++;
        }
        foreach (var sign in new[] { 1, -1 })
        {
            var last = 1;
            for (; inTail * 0.5 * (1 - ratio) * Math.Pow(ratio, last) >= 20; last++)
                Cell(0.5 * (1 - ratio) * Math.Pow(ratio, last - 1), counts.GetValueOrDefault(sign * last));
            Cell(0.5 * Math.Pow(ratio, last - 1), counts.Where(pair => Math.Sign(pair.Key) == sign && Math.Abs(pair.Key) >= last).Sum(pair => pair.Value));
        }
        var chance = SpecialFunctions.GammaUpperRegularized((cells - 1) / 2.0, statistic / 2);
        Assert.True(chance > FalseAlarm, FormattableString.Invariant($"chi-square {statistic:F1} on {cells} cells of {inTail} draws in the tail"));
        // And the tail is as heavy as accounted: a binomial count, 6 standard deviations being an error once in 1e8 or rarer.
        var tail = 2 * law.Survival((law.Weights.Count - 1.0) / law.StepsPerSensitivity);
        Assert.InRange((inTail - draws * tail) / Math.Sqrt(draws * tail * (1 - tail)), -6, 6);
    }
}

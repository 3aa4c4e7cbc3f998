using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Auditing;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using Xunit;

namespace LmoDp.Privacy.Tests.Auditing;

public class CanaryGuessesTests
{
    [Fact]
    public void TheHighestScoresAreCalledIncludedAndTheLowestLeftOut()
    {
        double[] scores = [3, -1, 5, 0, -4];
        Assert.Equal(4, new CanaryGuesses(2, 2).Correct(scores, [true, false, true, false, false]));
        Assert.Equal(1, new CanaryGuesses(2, 2).Correct(scores, [true, true, false, false, true]));
        Assert.Equal(1, new CanaryGuesses(0, 1).Correct(scores, [false, false, false, true, false]));
    }

    [Fact]
    public void CoinsAreFair() => Assert.InRange(CanaryGuesses.Flip(AesCtrRandomSource.FromSeed(1, "coins"), 10_000).Count(coin => coin), 4800, 5200); // four standard deviations

    [Fact]
    public void RehearsalsCanBeEnded()
    {
        var composition = new Composition(new ReleaseGroup(new VectorRelease(new GaussianLaw(1)), 1, 1));
        Assert.Throws<OperationCanceledException>(() => CanaryGuesses.For(composition, 10, 1e-5, 0.95, AesCtrRandomSource.FromSeed(1, "rehearsals"), new CancellationToken(canceled: true)));
    }

    [Theory] // one release, and many of a few rows each, where presence is seen and absence is not
    [InlineData(1, 1, 1)]
    [InlineData(0.5, 0.05, 20)]
    public void IdealAttacksComeToAFairShareOfTheAccountAndNeverBeyond(double std, double rate, int steps)
    {
        const double delta = 1e-5;
        var composition = new Composition(new ReleaseGroup(new VectorRelease(new GaussianLaw(std)), rate, steps));
        var guesses = CanaryGuesses.For(composition, 2000, delta, 0.95, AesCtrRandomSource.FromSeed(1, "rehearsals"), TestContext.Current.CancellationToken);
        Assert.InRange(guesses.Count, 200, 1000);
        var random = AesCtrRandomSource.FromSeed(2, "audit");
        var coins = CanaryGuesses.Flip(random, 2000);
        var ideal = new SampledReleases(composition);
        var correct = guesses.Correct([.. coins.Select(coin => ideal.Score(random, coin))], coins);
        var upper = PldAccountant.Epsilon(composition, delta).Upper;
        Assert.InRange(OneRunAudit.EpsilonLower(2000, guesses.Count, correct, delta, 0.95), 0.1 * upper, upper);
        Assert.True(OneRunProfileAudit.Allows(PrivacyProfile.Of(composition, AccountantKind.Pld), 2000, guesses.Count, correct, 0.05));
    }
}

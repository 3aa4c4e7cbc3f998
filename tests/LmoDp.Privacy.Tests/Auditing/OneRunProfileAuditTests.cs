using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Auditing;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Auditing;

public class OneRunProfileAuditTests
{
    [Theory] // against a programme of its own, with 60 points of the exact curve
    [InlineData(0.5, 1000, 100, 72, true)]
    [InlineData(0.5, 1000, 100, 89, false)]
    [InlineData(0.5, 1000, 500, 309, true)]
    [InlineData(0.5, 1000, 500, 401, false)]
    [InlineData(1, 1000, 200, 162, true)]
    [InlineData(1, 1000, 200, 199, false)]
    [InlineData(2, 1000, 200, 199, true)]
    [InlineData(2, 3000, 1500, 1434, true)]
    [InlineData(2, 3000, 1500, 1500, false)]
    public void GaussianCurvesAllowWhatTheyCanProduce(double mu, int canaries, int guesses, int correct, bool allowed)
        => Assert.Equal(allowed, OneRunProfileAudit.Allows(Gaussian(mu), canaries, guesses, correct, 0.05));

    [Theory] // one canary: right with probability at most e^epsilon / (1 + e^epsilon) + delta / (1 + e^epsilon), and that can be reached
    [InlineData(1, 0)]
    [InlineData(2, 0.1)]
    public void OneCanaryIsGuessedAsOftenAsTheGuaranteeSays(double epsilon, double delta)
    {
        var most = (Math.Exp(epsilon) + delta) / (1 + Math.Exp(epsilon));
        Assert.True(OneRunProfileAudit.Allows(new PrivacyProfile((epsilon, delta)), 1, 1, 1, most - 1e-9));
        Assert.False(OneRunProfileAudit.Allows(new PrivacyProfile((epsilon, delta)), 1, 1, 1, most + 1e-9));
    }

    [Fact]
    public void RandomisedResponseIsRefutedAsSeldomAsPromised()
    {
        // (1, 0)-private and the worst case. 2,000 audits at error rate 0.05: more than 140 refutations have probability 4e-5.
        var random = new Random(1);
        var (truth, profile, refuted) = (1 / (1 + Math.Exp(-1)), new PrivacyProfile((1, 0)), 0);
        for (var audit = 0; audit < 2000; audit++)
        {
            var correct = Enumerable.Range(0, 300).Count(_ => random.NextDouble() < truth);
            refuted += OneRunProfileAudit.Allows(profile, 300, 300, correct, 0.05) ? 0 : 1;
        }
        Assert.InRange(refuted, 20, 140);
    }

    [Fact]
    public void AProfileOfAComposedRunIsAsTightAsItsAccount()
    {
        var profile = PrivacyProfile.Of(new Composition(new ReleaseGroup(new VectorRelease(new GaussianLaw(2)), 1, 4)), AccountantKind.Pld); // as one release at mu = 1
        var exact = Gaussian(1);
        foreach (var probability in new[] { 0.001, 0.05, 0.3, 0.9, 0.999 })
            Assert.Equal(exact.Least(probability), profile.Least(probability), 0.01 * probability);
    }

    [Fact]
    public void AGuaranteeBeyondWhatDoublesHoldIsOne()
    {
        var profile = new PrivacyProfile((800, 1e-3));
        Assert.Equal(0.999, profile.Least(1), 1e-12);
        Assert.Equal(0, profile.Least(0.999));
    }

    [Fact]
    public void CoordinateNoiseHasARenyiProfile()
    {
        var composition = new Composition(new ReleaseGroup(new VectorRelease(new LaplaceLaw(1)), 1, 1));
        var profile = PrivacyProfile.Of(composition, Accountants.ForComposition(composition));
        Assert.InRange(profile.Least(0.5), 0.05, 0.5);
        Assert.Equal(1, profile.Least(1), 1e-6);
    }

    private static PrivacyProfile Gaussian(double mu)
        => PrivacyProfile.Of(new Composition(new ReleaseGroup(new VectorRelease(new GaussianLaw(1 / mu)), 1, 1)), AccountantKind.Pld);
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Auditing;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using Xunit;

namespace LmoDp.Privacy.Tests.Auditing;

/// <summary>Confidence 0.9999 each: a false alarm of one of these tests would happen for one seed in some hundreds; the seeds are fixed.</summary>
public class MechanismAuditTests
{
    private const double Confidence = 0.9999;
    private static readonly NoiseLaw Lmo = NoiseLawParser.Parse("lmo:a1=0.5,k=2,theta=0.5,a3=0.2,rate=2,a4=0.3,a=0.5,b=2");

    public static TheoryData<string, string, double, int, int, int, double> Mechanisms => new()
    {
        // kind, law, sampling rate, steps, releases per draw, dimensions, delta
        { "scalar", "laplace:scale=1", 1, 1, 1, 1, 1e-6 },
        { "scalar", "gaussian:std=1", 1, 1, 1, 1, 1e-3 },
        { "scalar", "generalised-gaussian:std=1,power=1.4", 1, 1, 1, 1, 1e-3 },
        { "scalar", "lmo", 1, 1, 1, 1, 1e-4 },
        { "scalar", "lattice", 1, 1, 1, 1, 1e-3 },
        { "scalar", "laplace:scale=1", 0.3, 2, 2, 1, 1e-3 },
        { "vector", "gaussian:std=1", 1, 1, 1, 10, 1e-3 },
        { "vector", "gaussian:std=0.6", 0.3, 4, 1, 3, 1e-2 },
    };

    [Theory]
    [MemberData(nameof(Mechanisms))]
    public void WhatAnAdversaryProvesIsBelowTheAccountAndNotFar(string kind, string law, double rate, int steps, int perDraw, int dimensions, double delta)
        => Check(kind, law, rate, steps, perDraw, dimensions, delta, 60_000, 0.6);

    [Theory]
    [Trait("Category", "Soak")]
    [MemberData(nameof(Mechanisms))]
    public void AMillionReleasesComeWithinAFifthOfTheAccount(string kind, string law, double rate, int steps, int perDraw, int dimensions, double delta)
        => Check(kind, law, rate, steps, perDraw, dimensions, delta, 1_000_000, 0.8);

    private static void Check(string kind, string law, double rate, int steps, int perDraw, int dimensions, double delta, int runs, double share)
    {
        var group = new ReleaseGroup(Release(kind, law), rate, steps, perDraw);
        var lower = Audit(() => new SampledReleases(new Composition(group), dimensions), delta, runs);
        var upper = PldAccountant.Epsilon(new Composition(group), delta).Upper;
        Assert.InRange(lower, share * upper, upper);
    }

    [Fact]
    public void CoordinateNoiseStaysBelowItsBound()
    {
        var group = new ReleaseGroup(new VectorRelease(new LaplaceLaw(1)), 1, 1);
        var lower = Audit(() => new SampledReleases(new Composition(group), 20), 1e-3, 60_000);
        Assert.InRange(lower, 1, RenyiAccountant.Epsilon(new Composition(group), 1e-3).Epsilon);
    }

    [Fact]
    public void HalvedNoiseIsCaught()
    {
        var law = new GaussianLaw(1);
        var claimed = new ReleaseGroup(new VectorRelease(law), 1, 1);
        AssertCaught(claimed, 1e-3, () => new SampledReleases(new Composition(claimed), 4, law.Scale(0.5)));
    }

    [Fact]
    public void AScaleReadAsARateIsCaught()
    {
        // The authors' formula has E_lambda as a rate, their sampler draws it as a scale.
        var claimed = new ReleaseGroup(new ScalarRelease(NoiseLawParser.Parse("lmo:a3=1,rate=4,a4=1,a=0.2,b=0.4")), 1, 1);
        AssertCaught(claimed, 1e-4, () => new SampledReleases(new Composition(claimed), drawn: NoiseLawParser.Parse("lmo:a3=1,rate=0.25,a4=1,a=0.2,b=0.4")));
    }

    [Fact]
    public void AScalarGuaranteeUsedForAVectorIsCaught()
    {
        var laplace = new LaplaceLaw(1);
        var claimed = new ReleaseGroup(new ScalarRelease(laplace), 1, 1);
        AssertCaught(claimed, 1e-4, () => new SampledReleases(new Composition(new ReleaseGroup(new VectorRelease(laplace), 1, 1)), 9));
    }

    [Fact]
    public void SeveralReleasesFromOneDrawAccountedAsSeveralDrawsAreCaught()
    {
        var gaussian = new ScalarRelease(new GaussianLaw(2));
        AssertCaught(new ReleaseGroup(gaussian, 0.03, 8), 1e-4, () => new SampledReleases(new Composition(new ReleaseGroup(gaussian, 0.03, 1, perDraw: 8))), 200_000);
    }

    [Fact]
    public void DivisionByTheDrawnBatchIsCaught()
    {
        // Two other examples pull the sum to 2 C; divided by its drawn size, the mean's noise tells the size.
        var claimed = new ReleaseGroup(new VectorRelease(new GaussianLaw(2)), 1, 1);
        AssertCaught(claimed, 1e-3, () => new MeanOverDrawn(2, 400));
    }

    [Fact]
    public void AnAuditIsReproducibleWhateverTheThreads()
    {
        var group = new ReleaseGroup(new ScalarRelease(new LaplaceLaw(1)), 1, 1);
        var first = Counts(() => new SampledReleases(new Composition(group)), 0, 20_000);
        Assert.Equal(first, Counts(() => new SampledReleases(new Composition(group)), 0, 20_000));
        Assert.Equal((10_000, 10_000), (first.TrialsWith, first.TrialsWithout));
    }

    [Fact]
    public void WhereNothingDependsOnTheExampleNothingIsFound()
    {
        var group = new ReleaseGroup(new ScalarRelease(new LaplaceLaw(1)), 0, 1);
        Assert.Equal(0, Audit(() => new SampledReleases(new Composition(group)), 0, 20_000));
    }

    [Fact]
    public void AFewRunsProveNothing()
        => Assert.Equal(0, Audit(() => new SampledReleases(new Composition(new ReleaseGroup(new ScalarRelease(new LaplaceLaw(1)), 1, 1))), 1e-3, 2));

    /// <summary>A mean over the drawn examples of a vector, each with a part of its own and a shared one: the sensitivity of a sum does not cover it.</summary>
    private sealed class MeanOverDrawn(double std, int dimensions) : AuditedMechanism
    {
        private readonly double[] noise = new double[dimensions];

        public override double Score(RandomSource random, bool present)
        {
            var drawn = present ? 3 : 2;
            new GaussianLaw(std).Sample(random, noise);
            var square = 0.0;
            for (var i = 0; i < noise.Length; i++)
            {
                var coordinate = (noise[i] + (i == 0 ? drawn : 0)) / drawn;
                square += coordinate * coordinate;
            }
            return -square; // a larger batch shrinks the noise
        }
    }

    private static void AssertCaught(ReleaseGroup claimed, double delta, Func<AuditedMechanism> mechanism, int runs = 60_000)
        => Assert.True(Audit(mechanism, delta, runs) > PldAccountant.Epsilon(new Composition(claimed), delta).Upper);

    private static double Audit(Func<AuditedMechanism> mechanism, double delta, int runs) => Counts(mechanism, delta, runs).EpsilonLower(delta, 1 - Confidence);

    private static EventCounts Counts(Func<AuditedMechanism> mechanism, double delta, int runs)
        => MechanismAudit.Run(mechanism, runs, delta, Confidence, stream => AesCtrRandomSource.FromSeed(1, FormattableString.Invariant($"audit {stream}")), cancellation: TestContext.Current.CancellationToken);

    private static Release Release(string kind, string law)
    {
        NoiseLaw noise = law switch
        {
            "lmo" => Lmo,
            "lattice" => LatticeLaw.Rounded(new LaplaceLaw(0.8), 16),
            _ => NoiseLawParser.Parse(law),
        };
        return kind == "scalar" ? new ScalarRelease(noise) : new VectorRelease(noise);
    }
}

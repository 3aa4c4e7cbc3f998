using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using LmoDp.Privacy.Tests.Sampling;
using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.FirstOrder;

/// <summary>What leaves a private step is the clipped sum over the drawn units and fresh noise of the plan's law, over the expected batch, and nothing else.</summary>
public sealed class PrivateGradientTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("gaussian:std=3", 1000)]
    [InlineData("gaussian:std=3", 1)]
    [InlineData("laplace:scale=2", 7)]
    [InlineData("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2", 1000)]
    public void TheReleaseIsTheClippedSumOfTheDrawnUnitsAndNoiseOfTheLaw(string noise, int tokenBudget)
    {
        using var scope = NewDisposeScope();
        using var problem = new LinearProblem(1, 1, 2, 1, 5, 1, 1, 3, 1, 1, 1, 1);
        var law = NoiseLawParser.Parse(noise);
        var plan = problem.Plan(law, rate: 0.5);
        for (var step = 0; step < 3; step++)
        {
            var drawn = Drawn(problem, plan, step);
            using var session = Begin(plan, FormattableString.Invariant($"run {step}"), seed: 5);
            using var gradient = problem.Gradient(plan, session, tokenBudget);
            var released = LinearProblem.Flat(gradient.Next(step));
            var noises = Noise(released, plan, problem.ExplicitSum(drawn));
            KolmogorovSmirnov.Accept(noises, x => law.Cdf(x / plan.Sensitivity), noise);
        }
    }

    [Fact]
    public void AnEmptyDrawReleasesNoiseOverTheExpectedBatch()
    {
        using var scope = NewDisposeScope();
        using var problem = new LinearProblem(1, 1, 1, 1, 1);
        var (law, rate) = (new GaussianLaw(2), 1e-6);
        var plan = problem.Plan(law, rate);
        Assert.Empty(Drawn(problem, plan, 0));
        using var session = Begin(plan, "run", seed: 5);
        using var gradient = problem.Gradient(plan, session);
        var noises = LinearProblem.Flat(gradient.Next(0)).Select(value => value * rate * 5).ToArray();
        KolmogorovSmirnov.Accept(noises, x => law.Cdf(x / plan.Sensitivity), "empty draw");
        Assert.Equal(1, session.History.Spent(0));
    }

    [Fact]
    public void AUnitOfManyRowsWeighsNoMoreThanTheClippingNorm()
    {
        using var problem = new LinearProblem(60);
        var sum = problem.ExplicitSum([0]);
        Assert.InRange(Math.Sqrt(sum.Sum(value => value * value)), 0, LinearProblem.Clip);
        using var scope = NewDisposeScope();
        var plan = problem.Plan(new GaussianLaw(1), 1);
        using var session = Begin(plan, "run", seed: 5);
        using var gradient = problem.Gradient(plan, session);
        KolmogorovSmirnov.Accept(Noise(LinearProblem.Flat(gradient.Next(0)), plan, sum), x => new GaussianLaw(1).Cdf(x / plan.Sensitivity), "one unit");
    }

    [Fact]
    public void ARepeatedStepIsTheSameBitsAndFree()
    {
        using var scope = NewDisposeScope();
        using var problem = new LinearProblem(1, 1, 1, 1, 1, 1);
        var plan = problem.Plan(new GaussianLaw(1), 1);
        var first = Release(problem, plan, resume: false);
        Assert.Equal(first, Release(problem, plan, resume: true));
        Assert.Single(Entries);
    }

    [Theory]
    [InlineData(1 + 1e-6, 0)] // the same state, other bits of the sum: another number of threads may do that
    [InlineData(1, 1)] // another state: a changed row or setting
    public void OtherSumsNeverGetTheSameNoise(double lossScale, byte state)
    {
        using var scope = NewDisposeScope();
        using var problem = new LinearProblem(1, 1, 1, 1, 1, 1);
        var plan = problem.Plan(new GaussianLaw(1), 1);
        var sum = problem.ExplicitSum(Enumerable.Range(0, 6));
        var first = Noise(Release(problem, plan, resume: false), plan, sum);
        problem.LossScale = lossScale;
        var second = Noise(Release(problem, plan, resume: true, state), plan, sum);
        var correlation = first.Zip(second, (a, b) => a * b).Sum() / first.Sum(a => a * a);
        Assert.InRange(correlation, -0.06, 0.06); // six standard deviations; the same noise would give 1
        Assert.Equal([1, 2], Entries.Select(entry => entry.Attempt));
        Assert.NotEqual(Entries[0].Release, Entries[1].Release);
        Assert.Equal(state == 0, Entries[0].State == Entries[1].State);
    }

    [Fact]
    public void APlanForAnotherReleaseIsRefused()
    {
        using var problem = new LinearProblem(1, 1);
        var plan = new PrivacyPlan(3, 0.5, 10, LinearProblem.Clip, new VectorRelease(new GaussianLaw(1)), double.PositiveInfinity, 1e-5);
        using var session = Begin(plan, "run", seed: 5);
        Assert.Throws<ArgumentException>(() => problem.Gradient(plan, session));
    }

    public void Dispose() => folder.Dispose();

    private IReadOnlyList<LedgerEntry> Entries => LedgerHistory.Read(folder.File(Path.Combine("run", "run"))).Entries;

    private RunKeyStore Keys => new(folder.File("keys"));

    private PrivateSession Begin(PrivacyPlan plan, string name, long? seed)
    {
        var run = RunFolder.ForNewRun(folder.File(name));
        run.Begin("{}");
        return PrivateSession.Begin(run, plan, seed, Keys);
    }

    /// <summary>One step of a secret run.</summary>
    private double[] Release(LinearProblem problem, PrivacyPlan plan, bool resume, byte state = 0)
    {
        if (!resume)
            Begin(plan, "run", seed: null).Dispose();
        folder.Write(Path.Combine("run", "run", "settings.json"), "{}");
        using var session = PrivateSession.Resume(RunFolder.OfRun(folder.File("run")), null, plan, null, Keys);
        using var gradient = problem.Gradient(plan, session, state: state);
        return LinearProblem.Flat(gradient.Next(0));
    }

    private static double[] Noise(double[] released, PrivacyPlan plan, double[] sum)
        => [.. released.Zip(sum, (mean, clipped) => mean * plan.ExpectedBatchSize - clipped)];

    /// <summary>The units that a seeded run draws, by the same state in a run of its own.</summary>
    private IReadOnlyList<int> Drawn(LinearProblem problem, PrivacyPlan plan, int step)
    {
        using var twin = Begin(plan, FormattableString.Invariant($"twin {step}"), seed: 5);
        using var draw = twin.Gate.Begin(step, [0, (byte)step, .. new byte[30]]).OpenDraw();
        return new PoissonSubsampler(plan.SamplingRate).Draw(draw, problem.Data.Units.Count);
    }
}

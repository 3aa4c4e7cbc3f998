using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using LmoDp.Tests.Training.FirstOrder;
using LmoDp.Training.Data;
using LmoDp.Training.Ledger;
using LmoDp.Training.Optimization;
using LmoDp.Training.Runs;
using LmoDp.Training.ZerothOrder;
using Xunit;

namespace LmoDp.Tests.Training.ZerothOrder;

public sealed class ZerothOrderStepTests : IDisposable
{
    private const int M = 16;
    private static readonly LatticeLaw Law = LatticeLaw.Rounded(new LaplaceLaw(0.3), M);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Each sum moves by what the last unit contributes, at most m; where all are drawn, those before it have the coins that they had.</summary>
    [Fact]
    public void RemovingAUnitMovesASumByItsContributionAndByNoMoreThanM()
    {
        const double clip = 0.2;
        using var problem = new LinearProblem(1, 2, 3, 1, 4, 1, 2, 5, 1, 1, 3);
        var derivatives = Enumerable.Range(0, 2).Select(k => problem.DerivativesAlong(Rule(1).Direction(0, k))).ToArray();
        var all = Sums(problem, problem.Data, clip);
        var units = problem.Data.Units;
        for (var kept = units.Count - 1; kept > 0; kept--)
        {
            var fewer = Sums(problem, (TextDataset)problem.Data.First(units.Take(kept).Sum(unit => unit.Count)), clip);
            for (var k = 0; k < 2; k++)
            {
                Assert.InRange(all[k] - fewer[k], -M, M);
                Assert.InRange(all[k] - fewer[k] - Contribution(units[kept], derivatives[k], clip), -1.01, 1.01);
            }
            all = fewer;
        }
    }

    /// <summary>The sum against directional derivatives by formula in float64; a coin rounds each unit's part to one of the two integers next to it.</summary>
    [Fact]
    public void TheSumIsThatOfClippedDerivativesWithEachUnitsRowsAveraged()
    {
        using var problem = new LinearProblem(1, 2, 3, 1, 4, 1);
        foreach (var clip in new[] { 0.05, 0.3, 1 })
        {
            var sums = Sums(problem, problem.Data, clip);
            for (var k = 0; k < sums.Length; k++)
            {
                var derivatives = problem.DerivativesAlong(Rule(1).Direction(0, k));
                var expected = problem.Data.Units.Sum(unit => Contribution(unit, derivatives, clip));
                Assert.InRange(sums[k] - expected, -1.01 * problem.Data.Units.Count, 1.01 * problem.Data.Units.Count);
            }
        }
    }

    /// <summary>Coins are each unit's and each direction's own: 2,000 contributions of half a step, two a unit, have the variance of independent coins and no correlation; 5 standard deviations.</summary>
    [Fact]
    public void CoinsAreIndependent()
    {
        var release = DirectionRelease.Of(new PrivacyPlan(2, 1, 10, 1, new ScalarRelease(Law), double.PositiveInfinity, 1e-5, perDraw: 2), 2);
        using var coins = new AesCtrRandomSource(new byte[32]);
        int[][] units = [.. Enumerable.Range(0, 1000).Select(_ => release.Contribution([[0.5 / M, 0.5 / M]], coins))];
        Assert.InRange(units.Sum(unit => unit.Sum()), 1000 - 112, 1000 + 112);
        Assert.InRange(units.Count(unit => unit[0] == unit[1]), 500 - 80, 500 + 80);
        Assert.InRange(units.Zip(units.Skip(1)).Count(pair => pair.First[0] == pair.Second[0]), 500 - 80, 500 + 80);
    }

    [Fact]
    public void ContributionsAreIntegersWithinMAndWhatIsNotFiniteCountsAsZero()
    {
        var release = DirectionRelease.Of(new PrivacyPlan(2, 1, 10, 1, new ScalarRelease(Law), double.PositiveInfinity, 1e-5), 1);
        using var coins = new AesCtrRandomSource(new byte[32]);
        int Contribution(params double[] rows) => Assert.Single(release.Contribution([.. rows.Select(row => (double[])[row])], coins));
        Assert.Equal(M, Contribution(1e300));
        Assert.Equal(-M, Contribution(-7));
        Assert.Equal(0, Contribution(double.NaN));
        Assert.Equal(0, Contribution(double.PositiveInfinity));
        Assert.Equal(M / 2, Contribution(double.NegativeInfinity, 50));
        Assert.Equal(M / 4, Contribution(50, 0.5, -0.5, double.NaN));
        // Less than a step counts by chance: 10,000 coins of 0.16; the bounds are 5 standard deviations away.
        Assert.InRange(Enumerable.Range(0, 10_000).Sum(_ => Contribution(0.16 / M)), 1416, 1784);
    }

    /// <summary>
    /// 300 steps of two releases each, over units that contribute nothing: what is released is the noise itself. Chi-square over the outcomes -1, 0, 1 and the rest on either side: 4 degrees of freedom, above 30 with probability
    /// 5e-6 by chance. The seed is fixed.
    /// </summary>
    [Fact]
    public void WhatIsReleasedIsTheSumPlusADrawOfTheLaw()
    {
        using var problem = new LinearProblem(1) { LossScale = 0 };
        var law = new LatticeLaw(1, [8, 4], new DyadicRatio(1, 1));
        using var session = Begin(problem, problem.Data, 1, out var plan, law, steps: 300);
        using var step = Step(problem, problem.Data, plan, session);
        for (var i = 0; i < 300; i++)
            step.Take(i);
        var released = session.History.Trajectory.SelectMany(sums => sums.Sums).ToArray();
        Assert.Equal(600, released.Length);
        // Weights 8; 4, 2, 1, ... on either side: 8, 4, 4, 4 and 4 of 24.
        double[] expected = [4, 4, 8, 4, 4];
        var counts = released.GroupBy(value => Math.Clamp(value, -2, 2)).ToDictionary(group => group.Key, group => group.Count());
        Assert.InRange(expected.Select((weight, i) => Math.Pow(counts[i - 2] - weight * 25, 2) / (weight * 25)).Sum(), 0, 30);
    }

    /// <summary>A vector of three derivatives: whoever is removed, the squares of the integers by which the sums move add up to m^2 at most, and the sums are those of vectors clipped by formula in float64.</summary>
    [Theory]
    [InlineData(0.05)]
    [InlineData(500)]
    public void RemovingAUnitMovesAJointlyClippedVectorByItsContributionAndByNoMoreThanM(double clip)
    {
        const long m = JointRelease.StepsPerSensitivity;
        using var problem = new LinearProblem(1, 2, 3, 1, 4, 1, 2, 5, 1, 1, 3);
        var derivatives = Enumerable.Range(0, 3).Select(k => problem.DerivativesAlong(JointRule(1).Direction(0, k))).ToArray();
        var all = JointSums(problem, problem.Data, clip);
        var units = problem.Data.Units;
        var clipped = 0;
        for (var kept = units.Count - 1; kept > 0; kept--)
        {
            var fewer = JointSums(problem, (TextDataset)problem.Data.First(units.Take(kept).Sum(unit => unit.Count)), clip);
            long[] moved = [.. all.Select((sum, k) => sum - fewer[k])];
            Assert.InRange(moved.Sum(steps => steps * steps), 0, m * m);
            var expected = new double[3];
            foreach (var row in units[kept].Where(row => derivatives.All(along => double.IsFinite(along[row]))))
            {
                var norm = Math.Sqrt(derivatives.Sum(along => along[row] * along[row]));
                clipped += norm > clip ? 1 : 0;
                for (var k = 0; k < 3; k++)
                    expected[k] += derivatives[k][row] * Math.Min(1, clip / norm) / clip * m / units[kept].Count;
            }
            // Cut towards zero; the difference quotient of float32 losses differs from the derivative a little.
            for (var k = 0; k < 3; k++)
                Assert.InRange(moved[k] - expected[k], -10, 10);
            all = fewer;
        }
        Assert.Equal(clip < 1, clipped > 10);
    }

    /// <summary>
    /// Units that contribute nothing: what a joint release of three numbers publishes is its noise. 3,000 integers against the Gaussian law that the accountant was given, by Kolmogorov and Smirnov: D sqrt(n) above 2.3 has probability
    /// 5e-5 by chance; the sums of the squares of a step's three, over std^2, against chi-square of 3 degrees likewise. The seed is fixed.
    /// </summary>
    [Fact]
    public void WhatAJointReleasePublishesIsTheSumPlusAGaussianVector()
    {
        const double std = 1.7;
        using var problem = new LinearProblem(1) { LossScale = 0 };
        using var session = BeginJoint(problem.Data, 1, out var plan, "run", std, steps: 1000);
        using var step = JointStep(problem, problem.Data, plan, session);
        for (var i = 0; i < 1000; i++)
            step.Take(i);
        double[][] released = [.. session.History.Trajectory.Select(sums => (double[])[.. sums.Sums.Select(sum => sum / (double)JointRelease.StepsPerSensitivity / std)])];
        Assert.InRange(KolmogorovSmirnov(released.SelectMany(numbers => numbers), x => 0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-x / Math.Sqrt(2))), 0, 2.3);
        Assert.InRange(KolmogorovSmirnov(released.Select(numbers => numbers.Sum(x => x * x)), x => MathNet.Numerics.SpecialFunctions.GammaLowerRegularized(1.5, x / 2)), 0, 2.3);
        Assert.Equal(ReleaseKind.Vector, Assert.Single(session.History.Header.Plan).Terms.Kind);
        Assert.Equal(1000, LedgerHistory.Read(folder.File("run", "run")).Trajectory.Count);
    }

    /// <summary>Wider, the float64 grid of the Gaussian numbers would come near the integers, and then show the sums' low bits: a plan for it is refused.</summary>
    [Fact]
    public void NoiseThatIsTooWideForAJointReleaseIsRefused()
    {
        static PrivacyPlan Plan(double std) => new(2, 1, 10, 1, new VectorRelease(new GaussianLaw(std)), double.PositiveInfinity, 1e-5);
        _ = DirectionRelease.Of(Plan(512), 3);
        Assert.Contains("at most 512", Assert.Throws<BadInputException>(() => DirectionRelease.Of(Plan(513), 3)).Message);
        Assert.Throws<BadInputException>(() => DirectionRelease.Of(Plan(1e300), 3));
    }

    /// <summary>
    /// The widest noise that is taken: what float64 numbers of 13.4 standard deviations, the most that are drawn, are multiples of; and that every low bit of a release is as often 0 as 1: 3,000 integers, parities and
    /// residues mod 4; 5 standard deviations.
    /// </summary>
    [Fact]
    public void TheWidestNoiseHidesTheLowBits()
    {
        using var problem = new LinearProblem(1) { LossScale = 0 };
        using var session = BeginJoint(problem.Data, 1, out var plan, "run", JointRelease.WidestNoise, steps: 1000);
        using var step = JointStep(problem, problem.Data, plan, session);
        for (var i = 0; i < 1000; i++)
            step.Take(i);
        Assert.True(Math.BitIncrement(13.4 * JointRelease.WidestNoise * JointRelease.StepsPerSensitivity) - 13.4 * JointRelease.WidestNoise * JointRelease.StepsPerSensitivity < Math.ScaleB(1, -24));
        var released = session.History.Trajectory.SelectMany(sums => sums.Sums).ToArray();
        Assert.InRange(released.Count(sum => (sum & 1) == 0), 1363, 1637);
        foreach (var residue in new[] { 0, 1, 2, 3 })
            Assert.InRange(released.Count(sum => (sum & 3) == residue), 631, 869);
    }

    /// <summary>D sqrt(n).</summary>
    private static double KolmogorovSmirnov(IEnumerable<double> sample, Func<double, double> cdf)
    {
        double[] sorted = [.. sample.Order()];
        return sorted.Select((x, i) => Math.Max(Math.Abs(cdf(x) - (double)i / sorted.Length), Math.Abs(cdf(x) - (i + 1.0) / sorted.Length))).Max() * Math.Sqrt(sorted.Length);
    }

    [Fact]
    public void TheLedgerHoldsTheReleaseAndThenWhatWasReleasedAndTheStateIsItsReplay()
    {
        using var problem = new LinearProblem(2, 1, 3);
        using var session = Begin(problem, problem.Data, 0.5, out var plan);
        using (var step = Step(problem, problem.Data, plan, session))
        {
            for (var i = 0; i < 4; i++)
                step.Take(i);
        }
        var ledger = LedgerHistory.Read(folder.File("run", "run"));
        Assert.Equal(4, ledger.Spent(0));
        Assert.Equal([0, 1, 2, 3], ledger.Trajectory.Select(sums => sums.Step));
        Assert.All(ledger.Entries, entry => Assert.Equal(1, entry.Attempt));

        using var again = new LinearProblem(2, 1, 3);
        Assert.Equal(4, Rule(plan.ExpectedBatchSize).Apply(new PerturbedParameters([.. again.Model.named_parameters()], 1e-3), ledger, TestContext.Current.CancellationToken));
        Assert.Equal(Numbers(problem), Numbers(again));
    }

    [Fact]
    public void APlanForSomethingElseIsRefused()
    {
        using var problem = new LinearProblem(1, 1);
        using var session = Begin(problem, problem.Data, 1, out _);
        Assert.Throws<ArgumentException>(() => Step(problem, problem.Data, problem.Plan(new GaussianLaw(1), 1), session));
        Assert.Throws<ArgumentException>(() => Step(problem, problem.Data, new PrivacyPlan(2, 1, 10, 1, new ScalarRelease(new GaussianLaw(1)), double.PositiveInfinity, 1e-5), session));
        Assert.Throws<ArgumentException>(() => Step(problem, problem.Data, new PrivacyPlan(2, 1, 10, 1, new ScalarRelease(Law), double.PositiveInfinity, 1e-5), session)); // one number a draw
    }

    /// <summary>A unit's contribution before it is rounded, in lattice steps.</summary>
    private static double Contribution(IReadOnlyList<int> rows, double[] derivatives, double clip)
        => rows.Sum(row => double.IsFinite(derivatives[row]) ? Math.Clamp(derivatives[row], -clip, clip) : 0) / rows.Count / clip * M;

    /// <summary>Two directions, all units drawn, nothing released.</summary>
    private long[] Sums(LinearProblem problem, TextDataset data, double clip)
    {
        using var session = Begin(problem, data, 1, out var plan, name: FormattableString.Invariant($"{data.Units.Count} {clip}"), clip: clip);
        using var step = Step(problem, data, plan, session);
        return step.ClippedSums(session.Gate.Begin(0, new byte[32]));
    }

    private PrivateSession Begin(
        LinearProblem problem, TextDataset data, double rate, out PrivacyPlan plan, LatticeLaw? law = null, string name = "run", double clip = 1, int steps = 10)
    {
        plan = new PrivacyPlan(data.Units.Count, rate, steps, clip, new ScalarRelease(law ?? Law), double.PositiveInfinity, 1e-5, perDraw: 2);
        var run = RunFolder.ForNewRun(folder.File(name));
        run.Begin("{}");
        return PrivateSession.Begin(run, plan, 5, new RunKeyStore(folder.File("keys")));
    }

    private static ZerothOrderStep Step(LinearProblem problem, TextDataset data, PrivacyPlan plan, PrivateSession session)
        => new(problem, new UnitsOfPrivacy(data), new PerturbedParameters([.. problem.Model.named_parameters()], 1e-3), plan, Rule(plan.ExpectedBatchSize), session.Gate, step => [(byte)step, (byte)(step >> 8), .. new byte[30]]);

    private long[] JointSums(LinearProblem problem, TextDataset data, double clip)
    {
        using var session = BeginJoint(data, clip, out var plan, FormattableString.Invariant($"{data.Units.Count} {clip}"), 1);
        using var step = JointStep(problem, data, plan, session);
        return step.ClippedSums(session.Gate.Begin(0, new byte[32]));
    }

    private PrivateSession BeginJoint(TextDataset data, double clip, out PrivacyPlan plan, string name, double std, int steps = 10)
    {
        plan = new PrivacyPlan(data.Units.Count, 1, steps, clip, new VectorRelease(new GaussianLaw(std)), double.PositiveInfinity, 1e-5);
        var run = RunFolder.ForNewRun(folder.File(name));
        run.Begin("{}");
        return PrivateSession.Begin(run, plan, 5, new RunKeyStore(folder.File("keys")), new Dictionary<string, string> { ["directions"] = "3" });
    }

    private static ZerothOrderStep JointStep(LinearProblem problem, TextDataset data, PrivacyPlan plan, PrivateSession session) => new(
        problem, new UnitsOfPrivacy(data), new PerturbedParameters([.. problem.Model.named_parameters()], 1e-3), plan, JointRule(plan.ExpectedBatchSize), session.Gate, step => [(byte)step, (byte)(step >> 8), .. new byte[30]]);

    private static UpdateRule JointRule(double expectedBatch) => new(9, 3, 1.0 / JointRelease.StepsPerSensitivity / expectedBatch, new LearningRateSchedule(1e-3, 1000));

    private static UpdateRule Rule(double expectedBatch) => new(9, 2, 1.0 / M / expectedBatch, new LearningRateSchedule(1e-3, 300));

    private static float[] Numbers(LinearProblem problem) => [.. problem.Model.parameters().SelectMany(parameter => parameter.detach().reshape(-1).data<float>().ToArray())];
}

using CsCheck;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

public class SearchedLatticeTests
{
    private static readonly string[] Objectives = ["std", "mean-abs", "usefulness:0.2"];

    private static readonly Gen<(NoiseSearchFamily Family, double LogEpsilon, double LogDelta, double LogRate, int Steps)> Targets = Gen.Select(
        Gen.Int[0, 3].Select(i => (NoiseSearchFamily)i),
        Gen.Double[-2, 1.5], Gen.Double[-28, -9], Gen.Double[-4, 1], Gen.Int[1, 2]);

    [Fact]
    public void Certificates_agree_with_outcomes_counted_one_by_one() => Targets.ForAll(Check, cases: 12);

    [Fact]
    [Trait("Category", "Soak")]
    public void Two_hundred_certificates_agree_with_outcomes_counted_one_by_one() => Targets.ForAll(Check, cases: 200);

    private static void Check(NoiseSearchFamily family, double logEpsilon, double logDelta, double logRate, int steps)
    {
        // A quarter of the cases is not sampled. delta stays well below q, or no noise would be needed.
        var target = new SearchTarget(Math.Exp(logEpsilon), Math.Exp(logDelta), Math.Min(Math.Exp(logRate), 1), steps);
        var objective = Objective.Parse(Objectives[(int)(-1000 * logDelta) % 3]);
        var (found, source) = ParametricSearch.Lattice(family, target, objective, 8);

        Assert.True(found.Epsilon.Upper <= target.Epsilon);
        var delta = BruteForce(found.Law, target);
        Assert.True(delta <= target.Delta * (1 + 1e-7), FormattableString.Invariant($"delta {delta:R}"));
        // Not much smaller a scale would do: of one release no more than the tolerance, of two as far as the accountant's own bracket goes.
        var smaller = LatticeLaw.Rounded(source.Scale(steps == 1 ? 1 - 1e-5 : 0.99), 8);
        Assert.True(BruteForce(smaller, target) > target.Delta);
    }

    /// <summary>The larger of both directions' sums of (P - e^epsilon Q)_+ over all outcomes of one release or all pairs of two, from the integer weights.</summary>
    private static double BruteForce(LatticeLaw law, SearchTarget target)
    {
        var (m, q) = (law.StepsPerSensitivity, target.SamplingRate);
        var total = (double)law.Total;
        // The tails are one outcome each, within which the loss is constant.
        var last = law.Weights.Count - 1 + m;
        var outcomes = Enumerable.Range(-last, 2 * last + 1).Select(y => (With: Mass(y - m, y, law) / total, Without: Mass(y, y, law) / total)).ToArray();
        return Math.Max(
            Delta([.. outcomes.Select(o => (q * o.With + (1 - q) * o.Without, o.Without))], target),
            Delta([.. outcomes.Select(o => (o.Without, q * o.With + (1 - q) * o.Without))], target));

        double Mass(int place, int y, LatticeLaw of)
        {
            var magnitude = Math.Abs(place);
            var mass = magnitude < of.Weights.Count ? of.Weights[magnitude] : of.Weights[^1] * Math.Pow(of.TailRatio.Value, magnitude - of.Weights.Count + 1);
            return Math.Abs(y) == last ? mass / (1 - of.TailRatio.Value) : mass;
        }
    }

    private static double Delta((double P, double Q)[] outcomes, SearchTarget target)
    {
        var growth = Math.Exp(target.Epsilon);
        if (target.Steps == 1)
            return outcomes.Sum(o => Math.Max(o.P - growth * o.Q, 0));
        var sum = 0.0;
        foreach (var one in outcomes)
            foreach (var other in outcomes)
                sum += Math.Max(one.P * other.P - growth * one.Q * other.Q, 0);
        return sum;
    }
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using LmoDp.Privacy.Tests.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>Noise for runs that publish one number a step, or several from one draw.</summary>
public sealed class LatticeNoiseTests
{
    private const double Rate = 0.3;

    /// <summary>The plan's epsilon against sums over all outcomes of K releases and T draws: no grid, no transform, nothing of the accountant's but the weights.</summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(8, 1)]
    [InlineData(8, 2)]
    public void APlanChargesWhatAllOutcomesOfItsReleasesAddUpTo(int perDraw, int steps)
    {
        var law = new LatticeLaw(2, [800, 700, 400, 180, 60, 24], new DyadicRatio(1, 2));
        var probabilities = Lattices.Probabilities(law);
        var draw = Draw(Releases(probabilities, Enumerable.Repeat(2, perDraw)));
        foreach (var delta in new[] { 1e-3, 1e-7 })
        {
            var plan = new PrivacyPlan(100, Rate, steps, 1, new ScalarRelease(law), double.PositiveInfinity, delta, perDraw: perDraw);
            Assert.InRange(Delta(draw, steps, plan.Epsilon.Upper), 0, delta * (1 + 1e-9));
            Assert.True(Delta(draw, steps, plan.Epsilon.Lower) >= delta * (1 - 1e-9), $"{plan.Epsilon} at {delta}");
            Assert.InRange(plan.Epsilon.RelativeWidth, 0, 1e-2);
        }
    }

    /// <summary>An example may move each of the sums by any whole number of steps up to m, up or down: none of these costs more than the full shift of all.</summary>
    [Fact]
    public void NoOtherShiftOfTheSumsCostsMoreThanTheFullOne()
    {
        var probabilities = Lattices.Probabilities(Lattices.Plateaus);
        var full = Draw(Releases(probabilities, [4, 4, 4]));
        foreach (var shifts in new[] { [4, 4, 3], [4, -4, 4], [4, 0, 0], [1, 2, 3], new[] { -4, 3, -4 } })
        {
            var less = Draw(Releases(probabilities, shifts));
            foreach (var epsilon in new[] { 0.01, 0.3, 1.5, 4 })
                Assert.InRange(Delta(less, 1, epsilon), 0, Delta(full, 1, epsilon) * (1 + 1e-9));
        }
    }

    [Theory]
    [InlineData(NoiseSearchFamily.Gaussian, 1)]
    [InlineData(NoiseSearchFamily.Laplace, 1)]
    [InlineData(NoiseSearchFamily.GeneralisedGaussian, 1)]
    [InlineData(NoiseSearchFamily.Free, 1)]
    [InlineData(NoiseSearchFamily.Gaussian, 4)]
    [InlineData(NoiseSearchFamily.Free, 4)]
    public void WhatIsFoundMeetsTheTargetClosely(NoiseSearchFamily family, int perDraw)
    {
        var target = new SearchTarget(3, 1e-6, 0.03, 100, perDraw);
        var found = LatticeNoise.Find(family, target);

        Assert.IsType<LatticeLaw>(found.Noise);
        if (perDraw == 1)
            Assert.Equal(found.Noise.ToString(), LatticeNoise.Find(family, target).Noise.ToString());
        Assert.InRange(PldAccountant.Epsilon(target.With(found.Noise), target.Delta).Upper, 0.999 * target.Epsilon, target.Epsilon * (1 + 1e-4));
        Assert.InRange(found.Epsilon.Upper, 0.9999 * target.Epsilon, target.Epsilon);
    }

    [Fact]
    public void AmongAllShapesNoneIsWorseThanTheGaussian()
    {
        foreach (var perDraw in new[] { 1, 4 })
        {
            var target = new SearchTarget(3, 1e-6, 0.03, 100, perDraw);
            Assert.InRange(LatticeNoise.Find(NoiseSearchFamily.Free, target).Noise.StandardDeviation, 0, LatticeNoise.Find(NoiseSearchFamily.Gaussian, target).Noise.StandardDeviation * (1 + 1e-9));
        }
    }

    [Fact]
    public void TheSearchAmongAllShapesIsForOneNumberAStep()
        => Assert.Throws<BadInputException>(() => NoiseSearch.Find(NoiseSearchFamily.Free, new SearchTarget(3, 1e-6, 0.03, 100, 2), Objective.StandardDeviation));

    [Fact]
    public void ALatticeLawStaysAsItIsAndOthersAreRounded()
    {
        Assert.Same(Lattices.Plateaus, LatticeNoise.Of(Lattices.Plateaus));
        Assert.Equal(3, LatticeNoise.Of(new GaussianLaw(3)).StandardDeviation, 2);
        // No variance before it is rounded, and a finite one after; and a law of which a draw would not end.
        Assert.InRange(LatticeNoise.Of(NoiseLawParser.Parse("lmo:a3=1,rate=1")).StandardDeviation, 1, 1e6);
        Assert.Throws<BadInputException>(() => LatticeNoise.Of(new LaplaceLaw(1e14)));
        Assert.Throws<BadInputException>(() => LatticeNoise.Of(new GaussianLaw(1e300)));
    }

    /// <summary>Output laws with and without the example of independent releases with these shifts, outcomes of equal ratio merged.</summary>
    private static (double P, double Q)[] Releases(double[] probabilities, IEnumerable<int> shifts)
    {
        (double P, double Q)[] product = [(1, 1)];
        foreach (var shift in shifts)
        {
            var one = ExactComposition.Step(probabilities, shift, 1);
            product = [.. product.SelectMany(a => one.Select(b => (P: a.P * b.P, Q: a.Q * b.Q)))
                .GroupBy(outcome => Math.Round(Math.Log(outcome.P / outcome.Q), 9)).Select(equal => (equal.Sum(outcome => outcome.P), equal.Sum(outcome => outcome.Q)))];
        }
        return product;
    }

    /// <summary>The releases of one draw, in which the example is with probability q.</summary>
    private static (double P, double Q)[] Draw((double P, double Q)[] releases) => [.. releases.Select(outcome => (Rate * outcome.P + (1 - Rate) * outcome.Q, outcome.Q))];

    private static double Delta((double P, double Q)[] draw, int steps, double epsilon)
        => Math.Max(ExactComposition.Delta(draw, steps, epsilon), ExactComposition.Delta([.. draw.Select(outcome => (outcome.Q, outcome.P))], steps, epsilon));
}

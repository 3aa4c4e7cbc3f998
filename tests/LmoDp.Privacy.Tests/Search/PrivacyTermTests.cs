using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>The terms of the programme: value, gradient and Hessian against differences, and the inequality that its lower bound rests on.</summary>
public class PrivacyTermTests
{
    private const double Sharpness = 300;

    public static TheoryData<string> Terms => ["hockey-stick", "price"];

    private static PrivacyTerm Named(string name) => name == "price" ? new DivergencePrice(new RenyiMoment(3), 0.1, 0.7) : new HockeyStickBarrier(0.4, 0.05);

    private static double[] Law(Random random, int count)
    {
        double[] weights = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() + 0.05)];
        return [.. weights.Select(weight => weight / weights.Sum())];
    }

    /// <summary>P differs from Q by 5 % of another law, so the hockey stick's delta of 0.05 is kept.</summary>
    private static (double[] P, double[] Q) Pair(Random random, int count)
    {
        var q = Law(random, count);
        var mixed = Law(random, count);
        return ([.. q.Zip(mixed, (a, b) => (0.95 * a) + (0.05 * b))], q);
    }

    [Theory]
    [MemberData(nameof(Terms))]
    public void Gradient_and_hessian_agree_with_differences(string name)
    {
        const int count = 6;
        const double h = 1e-5;
        var (term, random) = (Named(name), new Random(4));
        for (var repetition = 0; repetition < 20; repetition++)
        {
            var (p, q) = Pair(random, count);
            var (directionP, directionQ) = (Law(random, count), Law(random, count).Select(x => x - 0.1).ToArray());
            var (here, above, below) = (new PrivacyTerm.Derivatives[count], new PrivacyTerm.Derivatives[count], new PrivacyTerm.Derivatives[count]);
            double[] Moved(double[] from, double[] direction, double by) => [.. from.Zip(direction, (x, d) => x + (by * d))];
            var (upP, upQ, downP, downQ) = (Moved(p, directionP, h), Moved(q, directionQ, h), Moved(p, directionP, -h), Moved(q, directionQ, -h));
            term.Expand(p, q, Sharpness, here);
            term.Expand(upP, upQ, Sharpness, above);
            term.Expand(downP, downQ, Sharpness, below);

            var gradient = Enumerable.Range(0, count).Sum(i => (here[i].GradientP * directionP[i]) + (here[i].GradientQ * directionQ[i]));
            var size = Enumerable.Range(0, count).Sum(i => Math.Abs(here[i].GradientP * directionP[i]) + Math.Abs(here[i].GradientQ * directionQ[i]));
            Assert.Equal(gradient, (term.Value(upP, upQ, Sharpness) - term.Value(downP, downQ, Sharpness)) / (2 * h), 1e-6 * size);

            var rank = Enumerable.Range(0, count).Sum(i => (here[i].RankP * directionP[i]) + (here[i].RankQ * directionQ[i]));
            for (var i = 0; i < count; i++)
            {
                var own = (here[i].CurvatureP * directionP[i]) + (here[i].CurvatureQ * directionQ[i]);
                var scale = 1e-5 * (Math.Abs(here[i].CurvatureP * own) + Math.Abs(here[i].RankP * rank) + size);
                Assert.Equal((here[i].CurvatureP * own) + (here[i].RankP * rank), (above[i].GradientP - below[i].GradientP) / (2 * h), scale);
                Assert.Equal((here[i].CurvatureQ * own) + (here[i].RankQ * rank), (above[i].GradientQ - below[i].GradientQ) / (2 * h), scale);
            }
        }
    }

    /// <summary>g v / t at any other pair is at most y F there: weak duality.</summary>
    [Theory]
    [MemberData(nameof(Terms))]
    public void The_gradient_never_exceeds_the_multiplier_times_F(string name)
    {
        const int count = 8;
        var (term, random) = (Named(name), new Random(7));
        for (var repetition = 0; repetition < 200; repetition++)
        {
            var (p, q) = Pair(random, count);
            var derivatives = new PrivacyTerm.Derivatives[count];
            var multiplier = term.Expand(p, q, Sharpness, derivatives);
            for (var other = 0; other < 20; other++)
            {
                var (otherP, otherQ) = (Law(random, count), Law(random, count));
                var linear = Enumerable.Range(0, count).Sum(i => (derivatives[i].GradientP * otherP[i]) + (derivatives[i].GradientQ * otherQ[i])) / Sharpness;
                Assert.True(linear <= multiplier * term.Divergence(otherP, otherQ) * (1 + 1e-12) + 1e-12);
            }
        }
    }

    [Fact]
    public void The_barrier_is_infinite_where_delta_is_exceeded()
    {
        var barrier = new HockeyStickBarrier(0, 0.1);
        double[] p = [0.71, 0.29], q = [0.6, 0.4], nearly = [0.69, 0.31];
        Assert.Equal(0.11, barrier.Divergence(p, q), 1e-15);
        Assert.Equal(double.PositiveInfinity, barrier.Value(p, q, 1));
        Assert.True(double.IsFinite(barrier.Value(nearly, q, 1)));
    }
}

using CsCheck;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Tests.Noise;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.Brackets;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>Few subsampled steps with lattice noise of any shape, against sums over all outcomes: 2 to 4 steps, 1 to 3 releases from each draw, both directions, every shift.</summary>
public class PldFewStepsTests
{
    /// <summary>Outcomes whose likelihood ratio agrees to 11 digits count as one, and what is left of rounding.</summary>
    private const double Precision = 1e-9;

    [Fact]
    public void Lattices_of_any_shape_agree_with_sums_over_outcomes_at_every_shift() => Bracketed(12, 7);

    [Fact]
    [Trait("Category", "Soak")]
    public void Many_lattices_of_any_shape_agree_with_sums_over_outcomes_at_every_shift() => Bracketed(100, 9);

    private static void Bracketed(int cases, int largest)
    {
        var (notLogConcave, subsampled) = (0, 0);
        Gen.Select(Lattices.Any.Where(law => law.TailRatio.Value <= 0.875 && law.Weights.Count + law.StepsPerSensitivity <= largest), Gen.Int[0, 3], Gen.Int[2, 4], Gen.Int[1, 3], Gen.Int[1, 99]).ForAll((law, thirds, steps, perDraw, percent) =>
        {
            var samplingRate = thirds == 3 ? 1 : (thirds + 0.5) / 3;
            var composition = Scalar(law, samplingRate, steps, perDraw);
            var epsilon = percent / 100.0 * PldAccountant.Epsilon(composition, 0).Upper;
            var bounds = PldAccountant.Delta(composition, epsilon);
            var what = FormattableString.Invariant($"{bounds} at epsilon {epsilon:R}, q {samplingRate:R}, {steps} steps, {perDraw} per draw");
            var full = 0.0;
            for (var shift = law.StepsPerSensitivity; shift >= 1; shift--)
            {
                var delta = Delta(Draw(law, shift, perDraw), samplingRate, steps, Math.Exp(epsilon));
                if (shift == law.StepsPerSensitivity)
                {
                    full = delta;
                    Assert.True(bounds.Lower <= delta * (1 + Precision) + 1e-30 && bounds.Upper >= delta * (1 - Precision) - 1e-30, FormattableString.Invariant($"{what}: exact {delta:R}"));
                }
                // The whole sensitivity dominates every smaller shift, log-concave law or not.
                Assert.True(delta <= full * (1 + Precision) + 1e-30, FormattableString.Invariant($"{what}: shift {shift} has {delta:R}, the full one {full:R}"));
            }
            notLogConcave += IsLogConcave(law) ? 0 : 1;
            subsampled += samplingRate < 1 ? 1 : 0;
        }, cases);
        Assert.True(notLogConcave > cases / 3 && subsampled > cases / 3, $"{notLogConcave} laws are not log-concave, {subsampled} cases are subsampled");
    }

    private static bool IsLogConcave(LatticeLaw law)
    {
        var p = Lattices.Probabilities(law);
        return Enumerable.Range(1, law.Weights.Count).All(k => p[k] * p[k] >= p[k - 1] * p[k + 1] * (1 - 1e-12));
    }

    /// <summary>Probabilities of an outcome with and without the example.</summary>
    private readonly record struct Outcome(double With, double Without)
    {
        public double LogRatio => Math.Log(With / Without);
    }

    /// <summary>The outcomes of one draw: all vectors of K lattice points, those of equal ratio merged. Beyond the last weight the ratio is constant and the masses are geometric.</summary>
    private static Outcome[] Draw(LatticeLaw law, int shift, int perDraw)
    {
        var last = law.Weights.Count - 1;
        var (ratio, total) = (law.TailRatio.Value, (double)law.Total);
        double Weight(int k) => Math.Abs(k) <= last ? law.Weights[Math.Abs(k)] : law.Weights[last] * Math.Pow(ratio, Math.Abs(k) - last);
        var far = last + shift + 1;
        var one = new List<Outcome>();
        for (var k = -far; k <= far; k++)
        {
            var all = Math.Abs(k) == far ? total * (1 - ratio) : total;
            one.Add(new Outcome(Weight(k - shift) / all, Weight(k) / all));
        }
        var single = Merged(one);
        var draw = single;
        for (var i = 1; i < perDraw; i++)
            draw = Product(draw, single);
        return draw;
    }

    private static Outcome[] Product(Outcome[] one, Outcome[] other) => Merged(one.SelectMany(a => other.Select(b => new Outcome(a.With * b.With, a.Without * b.Without))));

    private static Outcome[] Merged(IEnumerable<Outcome> outcomes) =>
        [.. outcomes.GroupBy(outcome => Math.Round(outcome.LogRatio, 11)).Select(group => new Outcome(group.Sum(outcome => outcome.With), group.Sum(outcome => outcome.Without)))];

    /// <summary>The larger direction's delta of T subsampled draws.</summary>
    private static double Delta(Outcome[] draw, double samplingRate, int steps, double growth)
    {
        var step = draw.Select(outcome => new Outcome(samplingRate * outcome.With + (1 - samplingRate) * outcome.Without, outcome.Without)).ToArray();
        return Math.Max(Delta(step, steps, growth), Delta([.. step.Select(outcome => new Outcome(outcome.Without, outcome.With))], steps, growth));
    }

    /// <summary>The sum over all T-tuples of (P - e^epsilon Q)_+: halves of the tuples, the second half sorted by ratio, so that for each first half the outcomes that count are a tail of the second.</summary>
    private static double Delta(Outcome[] step, int steps, double growth)
    {
        var first = Power(step, steps / 2);
        var second = Power(step, steps - steps / 2).OrderByDescending(outcome => outcome.LogRatio).ToArray();
        var ratios = second.Select(outcome => -outcome.LogRatio).ToArray();
        var tails = new Outcome[second.Length + 1];
        for (var i = 0; i < second.Length; i++)
            tails[i + 1] = new Outcome(tails[i].With + second[i].With, tails[i].Without + second[i].Without);
        var sum = 0.0;
        foreach (var outcome in first)
        {
            var found = Array.BinarySearch(ratios, outcome.LogRatio - Math.Log(growth));
            var tail = tails[found < 0 ? ~found : found];
            sum += Math.Max(outcome.With * tail.With - growth * outcome.Without * tail.Without, 0);
        }
        return sum;
    }

    private static Outcome[] Power(Outcome[] step, int count) => count == 1 ? step : Product(step, Power(step, count - 1));
}

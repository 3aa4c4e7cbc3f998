using CsCheck;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Tests.Noise;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.Brackets;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The loss-distribution accountant on lattice laws, whose losses are exact.</summary>
public class PldLatticeTests
{
    [Fact]
    public void Pure_epsilon_of_a_lattice_that_falls_slowly_keeps_its_digits()
    {
        // Neighbouring weights differ by a factor 1 - 2^-40; their logarithms in doubles differ by nothing.
        var law = new LatticeLaw(1, [1], new DyadicRatio((1UL << 40) - 1, 40));
        var exact = 1000 * Math.Pow(2, -40) * (1 + Math.Pow(2, -41));

        Holds(PldAccountant.Epsilon(Scalar(law, 1, 1000), 0), exact, 1e-12, "delta 0", 1e-15);
    }

    [Fact]
    public void Lattices_of_any_shape_agree_with_sums_over_outcomes_at_every_shift()
    {
        // Two steps, K releases per draw; the shift by the whole sensitivity is exact, every smaller one must cost less.
        Gen.Select(Lattices.Any.Where(law => law.TailRatio.Value <= 0.875 && law.Weights.Count < 10), Gen.Int[0, 3], Gen.Int[1, 2], Gen.Double[0.02, 0.95]).ForAll((law, thirds, perDraw, fraction) =>
        {
            var samplingRate = thirds == 3 ? 1 : (thirds + 0.5) / 3;
            var group = Scalar(law, samplingRate, 2, perDraw);
            var epsilon = fraction * PldAccountant.Epsilon(group, 0).Upper;
            var bounds = PldAccountant.Delta(group, epsilon);
            for (var shift = 1; shift <= law.StepsPerSensitivity; shift++)
            {
                var delta = TwoSteps(Outcomes(law, shift, perDraw), samplingRate, Math.Exp(epsilon));
                Assert.True(bounds.Upper >= delta * (1 - 1e-9) - 1e-30, FormattableString.Invariant($"shift {shift}: {bounds} below {delta:R} at epsilon {epsilon:R}, q {samplingRate:R}, {perDraw} per draw"));
                if (shift == law.StepsPerSensitivity)
                    Assert.True(bounds.Lower <= delta * (1 + 1e-9) + 1e-30, FormattableString.Invariant($"{bounds} above {delta:R} at epsilon {epsilon:R}, q {samplingRate:R}, {perDraw} per draw"));
            }
        }, cases: 15);
    }

    /// <summary>P and Q of one draw's outcomes, those of equal ratio merged.</summary>
    private static (double P, double Q)[] Outcomes(LatticeLaw law, int shift, int perDraw)
    {
        var far = law.Weights.Count + shift;
        double Weight(int k) => Math.Abs(k) < law.Weights.Count ? law.Weights[Math.Abs(k)] : law.Weights[^1] * Math.Pow(law.TailRatio.Value, Math.Abs(k) - law.Weights.Count + 1);
        var total = (double)law.Total;
        var one = Enumerable.Range(-far, 2 * far + 1).Select(k => (P: Weight(k - shift) / total, Q: Weight(k) / total)).ToList();
        // Beyond them the ratio is constant and the masses are geometric.
        var rest = total * (1 - law.TailRatio.Value);
        one.Add((Weight(far + 1 - shift) / rest, Weight(far + 1) / rest));
        one.Add((Weight(-far - 1 - shift) / rest, Weight(-far - 1) / rest));
        var result = one;
        for (var i = 1; i < perDraw; i++)
            result = [.. result.SelectMany(a => one.Select(b => (a.P * b.P, a.Q * b.Q)))];
        return [.. result.GroupBy(outcome => Math.Round(Math.Log(outcome.P / outcome.Q), 10)).Select(group => (group.Sum(outcome => outcome.P), group.Sum(outcome => outcome.Q)))];
    }

    private static double TwoSteps((double P, double Q)[] draw, double samplingRate, double growth)
    {
        var step = draw.Select(outcome => (P: samplingRate * outcome.P + (1 - samplingRate) * outcome.Q, outcome.Q)).ToArray();
        var (removal, addition) = (0.0, 0.0);
        foreach (var a in step)
        {
            foreach (var b in step)
            {
                removal += Math.Max(a.P * b.P - growth * a.Q * b.Q, 0);
                addition += Math.Max(a.Q * b.Q - growth * a.P * b.P, 0);
            }
        }
        return Math.Max(removal, addition);
    }
}

using CsCheck;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Tests.Noise;

/// <summary>Lattice laws for tests, and sums over their outcomes that use nothing but the weights.</summary>
internal static class Lattices
{
    private static readonly Gen<DyadicRatio> Ratio = Gen.Int[1, 6].SelectMany(bits => Gen.Int[1, (1 << bits) - 1].Select(p => new DyadicRatio((ulong)p, bits)));

    /// <summary>
    /// Weights of any shape that does not increase: plateaus, cliffs, convex and concave stretches, so hardly ever log-concave. Powers of 2 up to 2^40 for the drops.
    /// </summary>
    public static Gen<LatticeLaw> Any { get; } = Gen.Select(
        Gen.Int[1, 6],
        Ratio,
        Gen.Int[1, 1000],
        Gen.Select(Gen.Int[0, 40], Gen.ULong[0, 1000], (shift, value) => (value << shift) >> 10).Array[0, 12],
        (m, ratio, parts, steps) =>
        {
            var weights = new List<ulong> { (ulong)parts * ratio.Complement };
            foreach (var step in steps)
                weights.Insert(0, weights[0] + step);
            return new LatticeLaw(m, weights, ratio);
        });

    /// <summary>A law that is not log-concave: two plateaus.</summary>
    public static LatticeLaw Plateaus { get; } = new(4, [1000, 990, 100, 99, 98, 97, 96, 4], new DyadicRatio(3, 2));

    /// <summary>The law's probabilities p_0, p_1, ..., on one side, as far as they add up to 1 in doubles.</summary>
    public static double[] Probabilities(LatticeLaw law)
    {
        var probabilities = law.Weights.Select(weight => weight / (double)law.Total).ToList();
        while (probabilities[^1] > 1e-40)
            probabilities.Add(probabilities[^1] * law.TailRatio.Value);
        return [.. probabilities];
    }

    /// <summary>The sum over outcomes k of an expression in P(k) = p_|k - shift| and Q(k) = p_|k|.</summary>
    public static double Sum(double[] probabilities, int shift, Func<double, double, double> term)
    {
        var sum = 0.0;
        var most = probabilities.Length - 1;
        for (var k = most + Math.Min(shift, 0); k >= -most + Math.Max(shift, 0); k--)
            sum += term(probabilities[Math.Abs(k - shift)], probabilities[Math.Abs(k)]);
        return sum;
    }

    /// <summary>H_gamma(P || Q) for any gamma &gt;= 0, the sum of (P - gamma Q)_+.</summary>
    public static double HockeyStick(double[] probabilities, int shift, double gamma) => Sum(probabilities, shift, (p, q) => Math.Max(p - gamma * q, 0));
}

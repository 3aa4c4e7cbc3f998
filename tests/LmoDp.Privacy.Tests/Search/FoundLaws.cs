using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using LmoDp.Privacy.Tests.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>What must hold of every law that a search returns.</summary>
internal static class FoundLaws
{
    /// <summary>
    /// Checks the law as it is read back from its file: weights do not increase; the certificate can be computed again; an independent computation agrees from both sides (one or few releases by
    /// the sum over all outcomes, many by a transform on a grid); no smaller shift costs more.
    /// </summary>
    /// <param name="found">What the search returned.</param>
    public static void Check(SearchedNoise found)
    {
        var (target, law) = (found.Target, ReadBack(found));
        Assert.Equal(found.Law.ToString(), law.ToString());
        for (var k = 1; k < law.Weights.Count; k++)
            Assert.True(law.Weights[k] <= law.Weights[k - 1] && law.Weights[k] > 0, $"weight {k} is {law.Weights[k]} after {law.Weights[k - 1]}");
        Assert.True(found.Epsilon.Upper <= target.Epsilon, FormattableString.Invariant($"certificate {found.Epsilon.Upper:R} above {target.Epsilon:R}"));
        Assert.True(found.Epsilon.Lower <= found.Epsilon.Upper);
        // Two brackets of one number overlap.
        var again = target.Certify(law);
        Assert.True(again.Lower <= found.Epsilon.Upper && found.Epsilon.Lower <= again.Upper, FormattableString.Invariant($"{found.Epsilon} against {again}"));

        var probabilities = Lattices.Probabilities(law);
        Brackets(found.Epsilon, probabilities, law.StepsPerSensitivity, target);
        if (IsFew(probabilities, target.Steps))
            Assert.Equal(law.StepsPerSensitivity, WorstShift(probabilities, law.StepsPerSensitivity, target.SamplingRate, (int)target.Steps, target.Epsilon, target.Delta));
        else
            foreach (var shift in new[] { 1, law.StepsPerSensitivity / 2, law.StepsPerSensitivity - 1 }.Where(shift => shift > 0).Distinct())
            {
                // The best laws put sums of losses right below epsilon, where delta has a corner: rounded up they would all be above.
                var delta = Delta(probabilities, shift, target, found.Epsilon.Upper, up: false);
                Assert.True(delta <= target.Delta * (1 + OfSums), FormattableString.Invariant($"shift {shift}: delta {delta:R} above {target.Delta:R}"));
            }
    }

    /// <summary>delta is at most the target's at the upper epsilon and at least that at the lower one, for this shift of the law.</summary>
    public static void Brackets(Bounds epsilon, double[] probabilities, int shift, SearchTarget target)
    {
        var (atUpper, atLower) = (Delta(probabilities, shift, target, epsilon.Upper, up: false), Delta(probabilities, shift, target, epsilon.Lower, up: true));
        Assert.True(atUpper <= target.Delta * (1 + OfSums), FormattableString.Invariant($"delta {atUpper:R} at epsilon {epsilon.Upper:R}, above {target.Delta:R}"));
        Assert.True(atLower >= target.Delta * (1 - OfSums), FormattableString.Invariant($"delta {atLower:R} at epsilon {epsilon.Lower:R}, below {target.Delta:R}"));
    }

    /// <summary>Relative error of a delta as a sum of rounded terms.</summary>
    private const double OfSums = 1e-7;

    /// <summary>Sums over all outcomes take a second or two at most.</summary>
    private const long MostExactSteps = 6, MostOutcomes = 200_000;

    private static bool IsFew(double[] probabilities, long steps) => steps <= MostExactSteps && Math.Pow(2 * probabilities.Length, (steps + 1) / 2) < MostOutcomes;

    private static double Delta(double[] probabilities, int shift, SearchTarget target, double epsilon, bool up) => IsFew(probabilities, target.Steps)
        ? ExactComposition.Delta(probabilities, shift, target.SamplingRate, (int)target.Steps, epsilon)
        : GridComposition.Delta(probabilities, shift, target.SamplingRate, target.Steps, epsilon, up);

    /// <summary>The shift with the largest delta (of equal ones the last), by the sum over all outcomes; with a delta given, none may exceed it.</summary>
    public static int WorstShift(double[] probabilities, int most, double samplingRate, int steps, double epsilon, double delta = 1)
    {
        var (worst, largest) = (0, 0.0);
        for (var shift = 1; shift <= most; shift++)
        {
            var at = ExactComposition.Delta(probabilities, shift, samplingRate, steps, epsilon);
            Assert.True(at <= delta * (1 + 1e-9), FormattableString.Invariant($"shift {shift}: delta {at:R} above {delta:R}"));
            (worst, largest) = at >= largest * (1 - 1e-9) ? (shift, Math.Max(at, largest)) : (worst, largest);
        }
        return worst;
    }

    private static LatticeLaw ReadBack(SearchedNoise found)
    {
        var file = Path.GetTempFileName();
        try
        {
            SearchedNoiseFile.Write(file, found);
            return (LatticeLaw)NoiseLawFile.Read(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}

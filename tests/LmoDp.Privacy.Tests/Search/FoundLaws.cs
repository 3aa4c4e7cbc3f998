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
    /// Checks the law as it is read back from its file: weights do not increase; the certificate can be computed again; an independent computation agrees (one release by <see cref="OneRelease"/>, few
    /// by the sum over all outcomes, many by the Rényi accountant, whose bound is looser); no smaller shift costs more.
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

        if (target.Steps == 1)
            OneStep(found, law);
        else if (target.Steps <= MostExactSteps && Math.Pow(law.Weights.Count, (target.Steps + 1) / 2) < MostOutcomes)
            Assert.Equal(law.StepsPerSensitivity, WorstShift(Lattices.Probabilities(law), law.StepsPerSensitivity, target.SamplingRate, (int)target.Steps, target.Epsilon, target.Delta));
        var renyi = RenyiAccountant.Epsilon(target.With(law), target.Delta).Epsilon;
        Assert.True(found.Epsilon.Lower <= renyi, FormattableString.Invariant($"lower bound {found.Epsilon.Lower:R} above the Rényi accountant's {renyi:R}"));
    }

    /// <summary>Sums over all outcomes take a second or two at most.</summary>
    private const long MostExactSteps = 6, MostOutcomes = 200_000;

    private static void OneStep(SearchedNoise found, LatticeLaw law)
    {
        var target = found.Target;
        // q of removal in closed form (Balle, Barthe, Gaboardi 2018): delta = q H(1 + (e^epsilon - 1) / q).
        for (var shift = 1; shift <= law.StepsPerSensitivity; shift++)
        {
            var unsampled = Math.Log(1 + ((Math.Exp(target.Epsilon) - 1) / target.SamplingRate));
            var delta = target.SamplingRate * new OneRelease(law, (double)shift / law.StepsPerSensitivity).Delta(unsampled);
            Assert.True(delta <= target.Delta * (1 + 1e-9), FormattableString.Invariant($"shift {shift}: delta {delta:R}"));
        }
        Assert.True(ExactComposition.Delta(law, law.StepsPerSensitivity, target.SamplingRate, 1, target.Epsilon) <= target.Delta * (1 + 1e-9));
    }

    /// <summary>The shift with the largest delta (of equal ones the last), by the sum over all outcomes; with a delta given, none may exceed it.</summary>
    public static int WorstShift(double[] probabilities, int most, double samplingRate, int steps, double epsilon, double delta = 1)
    {
        var (worst, largest) = (0, 0.0);
        for (var shift = 1; shift <= most; shift++)
        {
            var removal = ExactComposition.Step(probabilities, shift, samplingRate);
            var at = Math.Max(ExactComposition.Delta(removal, steps, epsilon), ExactComposition.Delta([.. removal.Select(outcome => (outcome.Q, outcome.P))], steps, epsilon));
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

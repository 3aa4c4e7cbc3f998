namespace LmoDp.Training.Metrics;

/// <summary>
/// BLEU (Papineni et al. 2002) of a corpus, as mteval-v13a: the geometric mean of the precisions of runs of 1 to 4 words, times exp(1 - r/c) for outputs of c words in all that are shorter than
/// the references, r being the sum of the closest reference lengths. The first precision without a match counts half a match, the next a quarter, and so on.
/// </summary>
internal static class Bleu
{
    private const int Longest = 4;

    /// <summary>The score, from 0 to 1.</summary>
    public static double Score(MtevalCorpus corpus)
    {
        var words = corpus.OutputRuns(1);
        if (words == 0)
            return 0;
        var brevity = Math.Min(0, 1 - (double)corpus.Texts.Sum(text => text.ClosestReferenceLength) / words);
        var logarithms = 0.0;
        var smoothing = 1.0;
        for (var n = 1; n <= Longest; n++)
        {
            var runs = corpus.OutputRuns(n);
            var shared = (double)corpus.SharedRuns(n).Sum(run => run.Value);
            if (shared == 0)
                shared = 1 / (smoothing *= 2);
            // Without any run of n words this precision counts as 1.
            logarithms += runs == 0 ? 0 : Math.Log(shared / runs);
        }
        return Math.Exp(logarithms / Longest + brevity);
    }
}

namespace LmoDp.Training.Metrics;

/// <summary>
/// NIST (Doddington 2002) of a corpus, as mteval-v13a: for runs of 1 to 5 words, the information of the shared runs per run of the output, summed, times a penalty for outputs shorter than the
/// mean reference. The information of a run is log2 of how much rarer it is in the references than the run without its last word.
/// </summary>
internal static class Nist
{
    // The penalty is 1/2 where the outputs have 2/3 of the references' words.
    private static readonly double Steepness = Math.Log(2) / Math.Pow(Math.Log(1.5), 2);

    /// <summary>The score, at least 0; its largest value depends on the references.</summary>
    public static double Score(MtevalCorpus corpus)
    {
        var counts = Enumerable.Range(1, MtevalCorpus.Longest).Select(n => Count(corpus, n)).ToArray();
        var referenceWords = counts[0].Values.Sum();
        if (referenceWords == 0)
            return 0;
        var score = 0.0;
        for (var n = 1; n <= MtevalCorpus.Longest; n++)
        {
            var information = corpus.SharedRuns(n).Sum(run => run.Value * Math.Log2(Start(run.Key, n) / counts[n - 1][run.Key]));
            score += information / Math.Max(1, corpus.OutputRuns(n));
        }
        var meanReference = referenceWords / corpus.Texts.Sum(text => text.References.Count);
        return score * Penalty(corpus.OutputRuns(1) / (meanReference * corpus.Texts.Count));

        // The word "0" alone as a start is taken for no start at all: the script asks whether it is true.
        double Start(string run, int n) => n == 1 || (n == 2 && run.StartsWith("0 ", StringComparison.Ordinal)) ? referenceWords : counts[n - 2][run[..run.LastIndexOf(' ')]];
    }

    private static Dictionary<string, double> Count(MtevalCorpus corpus, int n)
    {
        var counts = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (run, count) in corpus.ReferenceRuns(n))
            counts[run] = counts.GetValueOrDefault(run) + count;
        return counts;
    }

    private static double Penalty(double ratio) => ratio >= 1 ? 1 : ratio <= 0 ? 0 : Math.Exp(-Steepness * Math.Pow(Math.Log(ratio), 2));
}

namespace LmoDp.Training.Metrics;

/// <summary>
/// CIDEr (Vedantam et al. 2015) as the script in coco-caption computes it, in substance the paper's CIDEr-D: for runs of 1 to 4 words, the cosine of tf-idf vectors in which the output's weights are
/// cut at the reference's, times a Gaussian in the difference of lengths (sigma 6); mean over n and over references, times 10. A run's document frequency is the number of texts whose references hold it.
/// </summary>
internal sealed class Cider
{
    private const int Longest = 4;
    private const double Sigma = 6;
    private const double Scale = 10;
    private readonly Dictionary<string, int> documents = new(StringComparer.Ordinal);
    private readonly double logTexts;

    /// <param name="references">The words of the references of each text of the corpus.</param>
    public Cider(IReadOnlyList<IReadOnlyList<IReadOnlyList<string>>> references)
    {
        logTexts = Math.Log(references.Count);
        foreach (var text in references)
        {
            foreach (var run in text.SelectMany(reference => NGrams.Count(reference, Longest).SelectMany(counts => counts.Keys)).Distinct(StringComparer.Ordinal))
                documents[run] = documents.GetValueOrDefault(run) + 1;
        }
    }

    /// <summary>The score of a text, from 0 to 10; that of a corpus is the mean.</summary>
    /// <param name="output">Words of the output.</param>
    /// <param name="references">Words of each of its references.</param>
    public double Score(IReadOnlyList<string> output, IReadOnlyList<IReadOnlyList<string>> references)
    {
        var weights = Weights(output);
        return Scale * references.Average(reference =>
        {
            // The script's length is the number of pairs of words.
            var difference = Math.Max(0, output.Count - 1) - Math.Max(0, reference.Count - 1);
            return Math.Exp(-difference * difference / (2 * Sigma * Sigma)) * weights.Zip(Weights(reference), Cosine).Average();
        });
    }

    /// <summary>Term frequency times log inverse document frequency; element n - 1 holds the runs of n words.</summary>
    private Dictionary<string, double>[] Weights(IReadOnlyList<string> words) => [.. NGrams.Count(words, Longest).Select(counts
        => counts.ToDictionary(run => run.Key, run => run.Value * (logTexts - Math.Log(Math.Max(1, documents.GetValueOrDefault(run.Key)))), StringComparer.Ordinal))];

    private static double Cosine(Dictionary<string, double> output, Dictionary<string, double> reference)
    {
        var norms = Math.Sqrt(output.Values.Sum(weight => weight * weight)) * Math.Sqrt(reference.Values.Sum(weight => weight * weight));
        return norms == 0 ? 0 : output.Sum(run => reference.TryGetValue(run.Key, out var other) ? Math.Min(run.Value, other) * other : 0) / norms;
    }
}

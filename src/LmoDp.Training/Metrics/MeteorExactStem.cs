namespace LmoDp.Training.Metrics;

/// <summary>
/// The exact and stem stages of METEOR 1.5 (Denkowski and Lavie 2014) for English with its ranking parameters. This is not METEOR: the stages for synonyms and paraphrases are missing, and the
/// function words are another list (<see cref="FunctionWords"/>). A word's weight is delta for content words and 1 - delta for function words; P and R are the matched weights (a match by
/// stem counts 0.6) over all weights of output and reference; score = (1 - gamma (chunks / matches)^beta) / ((1 - alpha) / P + alpha / R).
/// </summary>
internal static class MeteorExactStem
{
    private const double Alpha = 0.85;
    private const double Beta = 0.2;
    private const double Gamma = 0.6;
    private const double Delta = 0.75;
    private const double StemWeight = 0.6;

    /// <summary>The score of a corpus, from 0 to 1: that of the sums over the texts, each with the reference that scores best on its own.</summary>
    /// <param name="texts">Words of an output and of each of its references, as coco-caption splits them.</param>
    public static double Score(IEnumerable<(IReadOnlyList<string> Output, IReadOnlyList<IReadOnlyList<string>> References)> texts)
    {
        var stems = new Dictionary<string, string>(StringComparer.Ordinal);
        var total = new Statistics();
        foreach (var (output, references) in texts)
        {
            var words = Words(output);
            total += references.Select(reference => Compare(words, Words(reference), Stem)).MaxBy(one => one.Score())!;
        }
        return total.Score();

        string Stem(string word) => stems.TryGetValue(word, out var stem) ? stem : stems[word] = EnglishStem.Of(word);
    }

    private static string[] Words(IReadOnlyList<string> words) => MeteorText.Words(string.Join(' ', words));

    private static Statistics Compare(string[] output, string[] reference, Func<string, string> stem)
    {
        var alignment = WordAlignment.Of(output, reference, stem);
        // Texts that are equal have no fragmentation.
        var whole = alignment.Matches.Count == output.Length && alignment.Matches.Count == reference.Length && alignment.Chunks == 1;
        return new Statistics
        {
            OutputWeight = output.Sum(Weight),
            ReferenceWeight = reference.Sum(Weight),
            MatchedOutputWeight = alignment.Matches.Sum(match => Weight(output[match.Output]) * (match.Exact ? 1 : StemWeight)),
            MatchedReferenceWeight = alignment.Matches.Sum(match => Weight(reference[match.Reference]) * (match.Exact ? 1 : StemWeight)),
            Matches = alignment.Matches.Count,
            Chunks = whole ? 0 : alignment.Chunks,
        };
    }

    private static double Weight(string word) => FunctionWords.English.Contains(word) ? 1 - Delta : Delta;

    /// <summary>What is summed over a corpus.</summary>
    private sealed record Statistics
    {
        public double OutputWeight { get; init; }

        public double ReferenceWeight { get; init; }

        public double MatchedOutputWeight { get; init; }

        public double MatchedReferenceWeight { get; init; }

        public int Matches { get; init; }

        public int Chunks { get; init; }

        public static Statistics operator +(Statistics one, Statistics other) => new()
        {
            OutputWeight = one.OutputWeight + other.OutputWeight,
            ReferenceWeight = one.ReferenceWeight + other.ReferenceWeight,
            MatchedOutputWeight = one.MatchedOutputWeight + other.MatchedOutputWeight,
            MatchedReferenceWeight = one.MatchedReferenceWeight + other.MatchedReferenceWeight,
            Matches = one.Matches + other.Matches,
            Chunks = one.Chunks + other.Chunks,
        };

        public double Score()
        {
            if (Matches == 0)
                return 0;
            var mean = 1 / ((1 - Alpha) * OutputWeight / MatchedOutputWeight + Alpha * ReferenceWeight / MatchedReferenceWeight);
            return mean * (1 - Gamma * Math.Pow((double)Chunks / Matches, Beta));
        }
    }
}

namespace LmoDp.Training.Pretraining;

/// <summary>
/// Tells whether a public review praises or blames: by the rating that its author states, and where there is none by naive Bayes on words and word pairs,
/// learned from those that state one (log-count ratios: Wang and Manning 2012, section 2.1). Only the third that sounds best and the third that sounds worst
/// are told apart; on the others, and on texts too short or too long for a review, it says nothing.
/// </summary>
public sealed class ToneTeacher
{
    /// <summary>7 of 10 and better is praise, 4 of 10 and worse is blame (as in Maas et al. 2011).</summary>
    private const double Praise = 0.65, Blame = 0.45;

    private const int ShortestReview = 40, LongestReview = 2048;
    private const int FewestRated = 20;
    private const int RarestFeature = 3;
    private const double Smoothing = 1;

    private readonly Dictionary<long, double> ratios = [];
    private readonly double lower, upper;

    private ToneTeacher(IReadOnlyList<PublicDocument> documents)
    {
        var praising = documents.Where(document => document.Rating >= Praise).Select(Features).ToList();
        var blaming = documents.Where(document => document.Rating <= Blame).Select(Features).ToList();
        if (praising.Count < FewestRated || blaming.Count < FewestRated)
            throw new BadInputException($"the text states {praising.Count} high and {blaming.Count} low ratings (such as 8/10): at least {FewestRated} of each are needed to learn from ratings");
        var (inPraise, inBlame) = (Count(praising), Count(blaming));
        var features = inPraise.Keys.Union(inBlame.Keys).Where(feature => inPraise.GetValueOrDefault(feature) + inBlame.GetValueOrDefault(feature) >= RarestFeature).ToList();
        var praiseTotal = features.Sum(feature => Smoothing + inPraise.GetValueOrDefault(feature));
        var blameTotal = features.Sum(feature => Smoothing + inBlame.GetValueOrDefault(feature));
        foreach (var feature in features)
            ratios[feature] = Math.Log((Smoothing + inPraise.GetValueOrDefault(feature)) / praiseTotal / ((Smoothing + inBlame.GetValueOrDefault(feature)) / blameTotal));
        var scores = documents.Where(document => document.Rating is null && IsReview(document)).Select(Score).Order().ToArray();
        (lower, upper) = scores.Length < 3 ? (double.NegativeInfinity, double.PositiveInfinity) : (scores[scores.Length / 3], scores[2 * scores.Length / 3]);
    }

    /// <summary>Learns from documents, some of which state a rating.</summary>
    /// <exception cref="BadInputException">Too few do.</exception>
    public static ToneTeacher Learn(IReadOnlyList<PublicDocument> documents) => new(documents);

    /// <summary>1 where the document praises, 0 where it blames, NaN where it does not say.</summary>
    public float Tone(PublicDocument document)
    {
        if (document.Rating is { } rating)
            return rating >= Praise ? 1 : rating <= Blame ? 0 : float.NaN;
        if (!IsReview(document))
            return float.NaN;
        var score = Score(document);
        return score > upper ? 1 : score < lower ? 0 : float.NaN;
    }

    private static bool IsReview(PublicDocument document) => document.Ids.Length is >= ShortestReview and <= LongestReview;

    /// <summary>Log-odds of praise by the features that occur, over the root of their number, so that long texts are not always extreme.</summary>
    private double Score(PublicDocument document)
    {
        var known = Features(document).Where(ratios.ContainsKey).Select(feature => ratios[feature]).ToList();
        return known.Sum() / Math.Sqrt(Math.Max(1, known.Count));
    }

    /// <summary>The tokens and the pairs of neighbours that occur, each once.</summary>
    private static HashSet<long> Features(PublicDocument document)
    {
        var ids = document.Ids;
        var features = new HashSet<long>();
        for (var i = 0; i < ids.Length; i++)
        {
            features.Add(ids[i]);
            if (i > 0)
                features.Add((ids[i - 1] + 1L << 32) | (uint)ids[i]);
        }
        return features;
    }

    private static Dictionary<long, int> Count(IEnumerable<HashSet<long>> documents)
        => documents.SelectMany(features => features).CountBy(feature => feature).ToDictionary();
}

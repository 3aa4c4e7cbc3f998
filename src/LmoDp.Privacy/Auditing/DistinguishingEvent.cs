namespace LmoDp.Privacy.Auditing;

/// <summary>An event on the score of an output: that it lies above, or below, a threshold.</summary>
/// <param name="Above">Which side.</param>
/// <param name="Threshold">Scores equal to it are outside the event.</param>
public readonly record struct DistinguishingEvent(bool Above, double Threshold)
{
    /// <summary>Whether a score is in the event.</summary>
    public bool Contains(double score) => Above ? score > Threshold : score < Threshold;

    /// <summary>How many of the scores are in the event.</summary>
    public long Count(ReadOnlySpan<double> scores)
    {
        var count = 0L;
        foreach (var score in scores)
            count += Contains(score) ? 1 : 0;
        return count;
    }

    /// <summary>
    /// The event that promises the highest bound, with the counts that made it: thresholds are tried at many places of the sorted scores. It is chosen on
    /// scores of its own; a bound needs others.
    /// </summary>
    /// <param name="without">Scores of outputs without the example.</param>
    /// <param name="with">Scores of outputs with it.</param>
    /// <param name="delta">The delta of the bound.</param>
    /// <param name="error">The bound's error rate.</param>
    internal static DistinguishingEvent Best(double[] without, double[] with, double delta, double error)
    {
        double[] absent = [.. without.Order()], present = [.. with.Order()];
        var candidates = Places(absent.Length).SelectMany(place => new[] { absent[place], absent[^(place + 1)] })
            .Concat(Places(present.Length).SelectMany(place => new[] { present[place], present[^(place + 1)] }))
            .Distinct().SelectMany(threshold => new[] { new DistinguishingEvent(true, threshold), new DistinguishingEvent(false, threshold) });
        return candidates.MaxBy(candidate => new EventCounts(candidate, Count(absent, candidate), absent.Length, Count(present, candidate), present.Length).EpsilonLower(delta, error));
    }

    /// <summary>0, 1, 2, ..., then every tenth more, up to the middle.</summary>
    private static IEnumerable<int> Places(int count)
    {
        for (var place = 0; place <= (count - 1) / 2; place += 1 + place / 10)
            yield return place;
    }

    /// <summary>Members of the event among sorted scores.</summary>
    private static long Count(double[] sorted, DistinguishingEvent candidate)
    {
        var (low, high) = (0, sorted.Length); // the first score that is not below (or not up to) the threshold
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (candidate.Above ? sorted[middle] <= candidate.Threshold : sorted[middle] < candidate.Threshold)
                low = middle + 1;
            else
                high = middle;
        }
        return candidate.Above ? sorted.Length - low : low;
    }
}

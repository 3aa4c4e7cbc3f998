namespace LmoDp.Training.Metrics;

/// <summary>Runs of neighbouring words. A run is written as its words with a blank between them, which no word contains.</summary>
internal static class NGrams
{
    /// <summary>How often each run of 1 to <paramref name="longest"/> words occurs; element n - 1 holds the runs of n words.</summary>
    public static Dictionary<string, int>[] Count(IReadOnlyList<string> words, int longest)
    {
        var counts = new Dictionary<string, int>[longest];
        for (var n = 1; n <= longest; n++)
        {
            counts[n - 1] = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var start = 0; start + n <= words.Count; start++)
            {
                var run = string.Join(' ', words.Skip(start).Take(n));
                counts[n - 1][run] = counts[n - 1].GetValueOrDefault(run) + 1;
            }
        }
        return counts;
    }
}

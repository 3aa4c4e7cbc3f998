namespace LmoDp.Training.Metrics;

/// <summary>Runs of neighbouring words. A run is written as its words with a blank between them, which no word contains.</summary>
internal static class NGrams
{
    /// <summary>How often each run of 1 to <paramref name="longest"/> words occurs; element n - 1 holds the runs of n words.</summary>
    public static Dictionary<string, int>[] Count(IReadOnlyList<string> words, int longest)
    {
        var counts = Enumerable.Range(0, longest).Select(_ => new Dictionary<string, int>(StringComparer.Ordinal)).ToArray();
        for (var start = 0; start < words.Count; start++)
        {
            var run = "";
            for (var n = 1; n <= longest && start + n <= words.Count; n++)
            {
                run = n == 1 ? words[start] : $"{run} {words[start + n - 1]}";
                counts[n - 1][run] = counts[n - 1].GetValueOrDefault(run) + 1;
            }
        }
        return counts;
    }
}

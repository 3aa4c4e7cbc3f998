using System.Runtime.InteropServices;
using System.Text;

namespace LmoDp.Models.Tokenizers;

/// <summary>
/// Learns a byte-level byte-pair vocabulary from public text (Sennrich et al. 2016, algorithm 1, over the bytes of GPT-2's pre-tokens as in Radford et al. 2019):
/// starting from the 256 bytes, the most frequent adjacent pair becomes a new symbol until the vocabulary is full. Ties go to the pair that sorts first, so the
/// result depends on the counts alone. Never run it on private text: a vocabulary is released without noise.
/// </summary>
public sealed class BytePairTrainer
{
    private readonly Dictionary<string, long> words = [];

    /// <summary>Counts the pre-tokens of a text.</summary>
    public void Add(string text)
    {
        foreach (var match in ByteLevel.Words().EnumerateMatches(text))
        {
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(
                words.GetAlternateLookup<ReadOnlySpan<char>>(), text.AsSpan(match.Index, match.Length), out _);
            count++;
        }
    }

    /// <summary>Learns the vocabulary.</summary>
    /// <param name="size">Entries in all, the special tokens and the 256 bytes among them.</param>
    /// <param name="specialTokens">They take the first ids.</param>
    /// <param name="minimumCount">Pairs seen less often are not merged, even if the vocabulary stays smaller.</param>
    public BytePairVocabulary Train(int size, IReadOnlyList<string> specialTokens, long minimumCount = 2)
    {
        var symbols = ByteLevel.Symbols.ToList();
        var corpus = words.OrderBy(word => word.Key, StringComparer.Ordinal)
            .Select(word => (Symbols: Encoding.UTF8.GetBytes(word.Key).Select(b => (int)b).ToArray(), Count: word.Value)).ToArray();
        var pairs = new PairCounts(symbols);
        for (var w = 0; w < corpus.Length; w++)
            pairs.Add(corpus[w].Symbols, w, corpus[w].Count);

        var merges = new List<(string Left, string Right)>();
        while (symbols.Count + specialTokens.Count < size && pairs.TakeMostFrequent() is { } best && best.Count >= minimumCount)
        {
            var merged = symbols.Count;
            merges.Add((symbols[best.Left], symbols[best.Right]));
            symbols.Add(symbols[best.Left] + symbols[best.Right]);
            foreach (var w in best.Words)
            {
                var (old, count) = corpus[w];
                pairs.Add(old, w, -count);
                corpus[w].Symbols = Merge(old, best.Left, best.Right, merged);
                pairs.Add(corpus[w].Symbols, w, count);
            }
        }
        return new BytePairVocabulary([.. specialTokens, .. symbols], merges);
    }

    private static int[] Merge(int[] word, int left, int right, int merged)
    {
        var result = new List<int>(word.Length);
        for (var i = 0; i < word.Length; i++)
        {
            if (i + 1 < word.Length && word[i] == left && word[i + 1] == right)
            {
                result.Add(merged);
                i++;
            }
            else
            {
                result.Add(word[i]);
            }
        }
        return [.. result];
    }

    /// <summary>How often each adjacent pair occurs and in which words, with the most frequent pair at hand.</summary>
    private sealed class PairCounts(List<string> symbols)
    {
        private readonly Dictionary<(int, int), (long Count, HashSet<int> Words)> pairs = [];
        private readonly PriorityQueue<((int Left, int Right) Pair, long Count), (long, string, string)> queue = new(
            Comparer<(long Count, string Left, string Right)>.Create((x, y) =>
                x.Count != y.Count ? y.Count.CompareTo(x.Count)
                : string.CompareOrdinal(x.Left, y.Left) is var left && left != 0 ? left : string.CompareOrdinal(x.Right, y.Right)));

        public void Add(int[] word, int index, long count)
        {
            for (var i = 0; i + 1 < word.Length; i++)
            {
                var pair = (word[i], word[i + 1]);
                var (sum, containing) = pairs.TryGetValue(pair, out var known) ? known : (0, []);
                if (count > 0)
                    containing.Add(index);
                pairs[pair] = (sum + count, containing);
                queue.Enqueue((pair, sum + count), (sum + count, symbols[pair.Item1], symbols[pair.Item2]));
            }
        }

        /// <summary>The most frequent pair, taken out; queue entries whose count has changed since are stale and skipped.</summary>
        public (int Left, int Right, long Count, HashSet<int> Words)? TakeMostFrequent()
        {
            while (queue.TryDequeue(out var entry, out _))
            {
                if (pairs.TryGetValue(entry.Pair, out var current) && current.Count == entry.Count && entry.Count > 0)
                {
                    pairs.Remove(entry.Pair);
                    return (entry.Pair.Left, entry.Pair.Right, current.Count, current.Words);
                }
            }
            return null;
        }
    }
}

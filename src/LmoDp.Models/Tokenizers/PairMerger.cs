using System.Collections.Concurrent;

namespace LmoDp.Models.Tokenizers;

/// <summary>
/// Byte-pair merging (Sennrich et al. 2016, algorithm 1): in each word the adjacent pair of the lowest rank is merged, the leftmost where several are, until no pair that is known
/// is left. Takes time n log n in the longest word. Safe for use by several threads at once.
/// </summary>
/// <param name="merges">Rank of each pair of symbols, and the symbol that it becomes.</param>
/// <param name="symbols">The symbols that a word begins as.</param>
internal sealed class PairMerger(Dictionary<(int Left, int Right), (int Rank, int Id)> merges, PairMerger.Spelling symbols)
{
    private const int LongestRememberedWord = 32, MostRememberedWords = 1 << 17;
    private readonly ConcurrentDictionary<string, int[]> remembered = new(StringComparer.Ordinal);

    /// <summary>Symbols of a word.</summary>
    public delegate int[] Spelling(ReadOnlySpan<char> word);

    /// <summary>Appends what is left of a word's symbols.</summary>
    public void Merge(ReadOnlySpan<char> word, List<int> result)
    {
        var known = remembered.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!known.TryGetValue(word, out var ids))
        {
            ids = new Chain(symbols(word), merges).Merge();
            if (word.Length <= LongestRememberedWord && remembered.Count < MostRememberedWords)
                known.TryAdd(word, ids);
        }
        result.AddRange(ids);
    }

    /// <summary>A word as a chain of symbols whose links skip what has been merged away.</summary>
    private sealed class Chain
    {
        private const int Gone = -1;
        private readonly Dictionary<(int, int), (int Rank, int Id)> merges;
        private readonly int[] symbols, previous, next;
        private readonly PriorityQueue<(int Place, int Left, int Right), (int Rank, int Place)> candidates = new();

        public Chain(int[] symbols, Dictionary<(int, int), (int Rank, int Id)> merges)
        {
            this.symbols = symbols;
            this.merges = merges;
            previous = [.. Enumerable.Range(-1, symbols.Length)];
            next = [.. Enumerable.Range(1, symbols.Length)];
            for (var place = 0; place < symbols.Length; place++)
                Consider(place);
        }

        public int[] Merge()
        {
            while (candidates.TryDequeue(out var pair, out _))
            {
                var (place, left, right) = pair;
                var other = next[place];
                if (symbols[place] != left || other == symbols.Length || symbols[other] != right)
                    continue; // one of the two has been merged since
                symbols[place] = merges[(left, right)].Id;
                symbols[other] = Gone;
                next[place] = next[other];
                if (next[place] < symbols.Length)
                    previous[next[place]] = place;
                Consider(previous[place]);
                Consider(place);
            }
            return Array.FindAll(symbols, symbol => symbol != Gone);
        }

        private void Consider(int place)
        {
            if (place >= 0 && next[place] < symbols.Length && merges.TryGetValue((symbols[place], symbols[next[place]]), out var merge))
                candidates.Enqueue((place, symbols[place], symbols[next[place]]), (merge.Rank, place));
        }
    }
}

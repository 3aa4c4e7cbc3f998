using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace LmoDp.Models.Tokenizers;

/// <summary>
/// Byte-pair encoding over the bytes of GPT-2's words (Sennrich et al. 2016, algorithm 1): in each word the adjacent pair that was learnt first is merged, the
/// leftmost where several are, until no learnt pair is left. Takes time n log n in the longest word. Safe for use by several threads at once.
/// </summary>
internal sealed class BytePairEncoder
{
    private const int LongestRememberedWord = 32, MostRememberedWords = 1 << 17;
    private readonly int[] byteIds;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> merges = [];
    private readonly ConcurrentDictionary<string, int[]> remembered = new(StringComparer.Ordinal);

    /// <param name="ids">Id of every entry; the symbols of all bytes are among them.</param>
    /// <param name="merges">Pairs of entries, first learnt first; they and their unions are entries.</param>
    public BytePairEncoder(IReadOnlyDictionary<string, int> ids, IEnumerable<(string Left, string Right)> merges)
    {
        byteIds = [.. ByteLevel.Symbols.Select(symbol => ids[symbol])];
        foreach (var (left, right) in merges)
            this.merges.TryAdd((ids[left], ids[right]), (this.merges.Count, ids[left + right]));
    }

    /// <summary>Appends the ids of a text.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> result)
    {
        var known = remembered.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var match in ByteLevel.Words().EnumerateMatches(text))
        {
            var word = text.Slice(match.Index, match.Length);
            if (!known.TryGetValue(word, out var ids))
            {
                ids = Merge(word);
                if (word.Length <= LongestRememberedWord && remembered.Count < MostRememberedWords)
                    known.TryAdd(word, ids);
            }
            result.AddRange(ids);
        }
    }

    private int[] Merge(ReadOnlySpan<char> word)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(word));
        var count = Encoding.UTF8.GetBytes(word, bytes);
        var symbols = new int[count];
        for (var i = 0; i < count; i++)
            symbols[i] = byteIds[bytes[i]];
        ArrayPool<byte>.Shared.Return(bytes);
        return new Chain(symbols, merges).Merge();
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

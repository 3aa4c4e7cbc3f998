using System.Buffers;
using System.Text;

namespace LmoDp.Models.Tokenizers;

/// <summary>Byte-pair encoding over the bytes of GPT-2's words (Radford et al. 2019).</summary>
internal sealed class BytePairEncoder
{
    private readonly int[] byteIds;
    private readonly PairMerger merger;

    /// <param name="ids">Id of every entry; the symbols of all bytes are among them.</param>
    /// <param name="merges">Pairs of entries, first learnt first; they and their unions are entries.</param>
    public BytePairEncoder(IReadOnlyDictionary<string, int> ids, IEnumerable<(string Left, string Right)> merges)
    {
        byteIds = [.. ByteLevel.Symbols.Select(symbol => ids[symbol])];
        var ranks = new Dictionary<(int, int), (int Rank, int Id)>();
        foreach (var (left, right) in merges)
            ranks.TryAdd((ids[left], ids[right]), (ranks.Count, ids[left + right]));
        merger = new PairMerger(ranks, Spell);
    }

    /// <summary>Appends the ids of a text.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> result)
    {
        foreach (var match in ByteLevel.Words().EnumerateMatches(text))
            merger.Merge(text.Slice(match.Index, match.Length), result);
    }

    private int[] Spell(ReadOnlySpan<char> word)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(word));
        var symbols = new int[Encoding.UTF8.GetBytes(word, bytes)];
        for (var i = 0; i < symbols.Length; i++)
            symbols[i] = byteIds[bytes[i]];
        ArrayPool<byte>.Shared.Return(bytes);
        return symbols;
    }
}

namespace LmoDp.Models.Tokenizers;

/// <summary>
/// SentencePiece's byte-pair encoding (Kudo and Richardson 2018): of the adjacent symbols whose union is a piece, those with the highest score are merged first, the leftmost where
/// several are. What is no piece in the end is spelt in bytes.
/// </summary>
internal sealed class SentencePieceEncoder
{
    /// <summary>Stands for a blank.</summary>
    public const char Blank = '\u2581';

    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);
    private readonly int[] byteIds;
    private readonly bool blanksBegin;
    private readonly PairMerger merger;

    /// <exception cref="FormatException">The vocabulary lacks a byte or has a piece twice.</exception>
    public SentencePieceEncoder(SentencePieceModel model)
    {
        var bytes = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, piece) in model.Pieces.Index())
        {
            if (piece.Kind is PieceKind.Normal or PieceKind.Byte && !(piece.Kind == PieceKind.Normal ? ids : bytes).TryAdd(piece.Text, id))
                throw new FormatException($"the piece '{piece.Text}' appears twice");
        }
        byteIds = [.. Enumerable.Range(0, 256).Select(b => bytes.TryGetValue(ByteName(b), out var id) ? id : throw new FormatException($"the byte {ByteName(b)} is missing"))];
        blanksBegin = ids.Keys.All(piece => Cut(piece, 0) < 0);
        merger = new PairMerger(Merges(model), Spell);
    }

    /// <summary>What a byte is called.</summary>
    public static string ByteName(int value) => $"<0x{value:X2}>";

    /// <summary>Appends the ids of a text, which must not be empty.</summary>
    public void Encode(string text, List<int> result)
    {
        var symbols = Blank + text.Replace(' ', Blank);
        // No piece goes on after a blank that follows a letter: words can be taken one by one, and remembered.
        for (var start = 0; start < symbols.Length;)
        {
            var end = blanksBegin && Cut(symbols, start) is var cut and >= 0 ? cut : symbols.Length;
            merger.Merge(symbols.AsSpan(start, end - start), result);
            start = end;
        }
    }

    /// <summary>Where the first blank after something else stands, or -1.</summary>
    private static int Cut(string text, int start)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == Blank && text[i - 1] != Blank)
                return i;
        }
        return -1;
    }

    /// <summary>Every way to make a piece of two; equal scores are equal ranks.</summary>
    private Dictionary<(int Left, int Right), (int Rank, int Id)> Merges(SentencePieceModel model)
    {
        var ranks = model.Pieces.Select(piece => piece.Score).Distinct().OrderDescending().Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        var merges = new Dictionary<(int, int), (int, int)>();
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (piece, id) in ids)
        {
            for (var split = 1; split < piece.Length; split++)
            {
                if (lookup.TryGetValue(piece.AsSpan(0, split), out var left) && lookup.TryGetValue(piece.AsSpan(split), out var right))
                    merges[(left, right)] = (ranks[model.Pieces[id].Score], id);
            }
        }
        return merges;
    }

    /// <summary>The pieces of single characters; bytes, which merge with nothing, for characters that are no piece.</summary>
    private int[] Spell(ReadOnlySpan<char> word)
    {
        var symbols = new List<int>(word.Length);
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<char> character = stackalloc char[2];
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in word.EnumerateRunes())
        {
            if (lookup.TryGetValue(character[..rune.EncodeToUtf16(character)], out var id))
            {
                symbols.Add(id);
                continue;
            }
            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
                symbols.Add(byteIds[value]);
        }
        return [.. symbols];
    }
}

using System.Text;

namespace LmoDp.Tests.Models.Tokenizers;

/// <summary>
/// A SentencePiece model of the byte-pair kind, written and read by hand (sentencepiece_model.proto), and its algorithm in its simplest form: merge the adjacent pair whose union
/// has the highest score, the leftmost where several have, until there is none; spell what is left over in bytes.
/// </summary>
internal sealed class SentencePieceFile
{
    private const int Normal = 1, Unknown = 2, Control = 3, Bytes = 6;
    private readonly List<(string Piece, float Score, int Type)> pieces = [];
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    /// <summary>A tiny vocabulary: controls, all bytes, then pieces by falling score.</summary>
    public static SentencePieceFile Tiny(params string[] normal)
    {
        var file = new SentencePieceFile();
        file.Add("<unk>", 0, Unknown);
        file.Add("<s>", 0, Control);
        file.Add("</s>", 0, Control);
        for (var b = 0; b < 256; b++)
            file.Add($"<0x{b:X2}>", 0, Bytes);
        foreach (var (rank, piece) in normal.Index())
            file.Add(piece, -rank, Normal);
        return file;
    }

    public static SentencePieceFile Read(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        var file = new SentencePieceFile();
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var tag = reader.Read7BitEncodedInt();
            var end = reader.Read7BitEncodedInt() + reader.BaseStream.Position;
            if (tag == (1 << 3 | 2)) // ModelProto.pieces
            {
                var (piece, score, type) = ("", 0f, Normal);
                while (reader.BaseStream.Position < end)
                {
                    switch (reader.Read7BitEncodedInt() >> 3)
                    {
                        case 1: piece = Encoding.UTF8.GetString(reader.ReadBytes(reader.Read7BitEncodedInt())); break;
                        case 2: score = reader.ReadSingle(); break;
                        default: type = reader.Read7BitEncodedInt(); break;
                    }
                }
                file.Add(piece, score, type);
            }
            reader.BaseStream.Position = end;
        }
        return file;
    }

    public void Write(string path)
    {
        using var output = new BinaryWriter(File.Create(path));
        foreach (var (piece, score, type) in pieces)
        {
            Message(1, message =>
            {
                var text = Encoding.UTF8.GetBytes(piece);
                message.Write((byte)(1 << 3 | 2));
                message.Write7BitEncodedInt(text.Length);
                message.Write(text);
                message.Write((byte)(2 << 3 | 5));
                message.Write(score);
                message.Write((byte)(3 << 3));
                message.Write7BitEncodedInt(type);
            });
        }
        Message(2, message => Numbers(message, (3, 2), (4, pieces.Count), (35, 1))); // TrainerSpec: model_type BPE, vocab_size, byte_fallback
        Message(3, message => Numbers(message, (3, 1), (4, 0), (5, 1))); // NormalizerSpec: add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces

        void Message(int field, Action<BinaryWriter> write)
        {
            using var body = new MemoryStream();
            using (var writer = new BinaryWriter(body))
                write(writer);
            output.Write((byte)(field << 3 | 2));
            output.Write7BitEncodedInt(body.ToArray().Length);
            output.Write(body.ToArray());
        }

        static void Numbers(BinaryWriter message, params (int Field, int Value)[] fields)
        {
            foreach (var (field, value) in fields)
            {
                message.Write7BitEncodedInt(field << 3);
                message.Write7BitEncodedInt(value);
            }
        }
    }

    public int[] Encode(string text)
    {
        if (text.Length == 0)
            return [];
        var symbols = ("\u2581" + text.Replace(' ', '\u2581')).EnumerateRunes().Select(rune => rune.ToString()).ToList();
        while (true)
        {
            var (best, place) = (float.NegativeInfinity, -1);
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                if (ids.TryGetValue(symbols[i] + symbols[i + 1], out var id) && pieces[id] is { Type: Normal } union && union.Score > best)
                    (best, place) = (union.Score, i);
            }
            if (place < 0)
                break;
            symbols[place] += symbols[place + 1];
            symbols.RemoveAt(place + 1);
        }
        return [.. symbols.SelectMany(symbol => ids.TryGetValue(symbol, out var id) && pieces[id].Type == Normal ? [id] : Encoding.UTF8.GetBytes(symbol).Select(b => ids[$"<0x{b:X2}>"]))];
    }

    private void Add(string piece, float score, int type)
    {
        ids.Add(piece, pieces.Count);
        pieces.Add((piece, score, type));
    }
}

using System.Buffers.Binary;
using System.Text;

namespace LmoDp.Models.Tokenizers;

/// <summary>What an entry of a SentencePiece vocabulary is; the numbers are those of sentencepiece_model.proto.</summary>
internal enum PieceKind
{
    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>What cannot be spelt.</summary>
    Unknown = 2,

    /// <summary>A special token, which no text becomes.</summary>
    Control = 3,

    /// <summary>A byte, called <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</summary>
    Byte = 6,
}

/// <summary>A SentencePiece model of Llama's kind: byte pairs, bytes for what is not in the vocabulary, no normalisation but a blank before the text (google/sentencepiece, sentencepiece_model.proto).</summary>
/// <param name="Pieces">The vocabulary by id; of two pieces that can be made, the one with the higher score is made first.</param>
internal sealed record SentencePieceModel(IReadOnlyList<(string Text, float Score, PieceKind Kind)> Pieces)
{
    private const int PiecesField = 1, TrainerField = 2, NormalizerField = 3;
    private const int BytePairs = 2;

    /// <summary>Reads a <c>tokenizer.model</c>.</summary>
    /// <exception cref="FormatException">It is malformed, or of a kind that is not supported.</exception>
    public static SentencePieceModel Parse(ReadOnlySpan<byte> file)
    {
        var pieces = new List<(string, float, PieceKind)>();
        var (kind, byteFallback, map, prefix, squeeze) = (1UL, 0UL, 0, 1UL, 1UL); // the format's defaults
        var fields = new ProtobufFields(file);
        while (fields.Next())
        {
            var inner = new ProtobufFields(fields.Content);
            if (fields.Number == PiecesField)
                pieces.Add(ReadPiece(inner));
            while (fields.Number is TrainerField or NormalizerField && inner.Next())
            {
                switch (fields.Number, inner.Number)
                {
                    case (TrainerField, 3): kind = inner.Value; break;
                    case (TrainerField, 35): byteFallback = inner.Value; break;
                    case (NormalizerField, 2): map = inner.Content.Length; break;
                    case (NormalizerField, 3): prefix = inner.Value; break;
                    case (NormalizerField, 4): squeeze = inner.Value; break;
                }
            }
        }
        if (kind != BytePairs || byteFallback != 1 || map != 0 || prefix != 1 || squeeze != 0)
            throw new FormatException("only Llama's kind is supported: byte pairs, byte fallback, no normalisation, a blank before the text");
        return new SentencePieceModel(pieces);
    }

    private static (string Text, float Score, PieceKind Kind) ReadPiece(ProtobufFields fields)
    {
        var (text, score, kind) = ("", 0f, PieceKind.Normal);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case 1: text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(fields.Content); break;
                case 2: score = BitConverter.UInt32BitsToSingle((uint)fields.Value); break;
                case 3: kind = (PieceKind)fields.Value; break;
            }
        }
        return text.Length > 0 && float.IsFinite(score) && Enum.IsDefined(kind) ? (text, score, kind) : throw new FormatException($"the piece '{text}' is empty, without a score, or of a kind that is not supported");
    }

    /// <summary>The fields of a message in the protobuf wire format.</summary>
    private ref struct ProtobufFields(ReadOnlySpan<byte> message)
    {
        private ReadOnlySpan<byte> rest = message;

        /// <summary>Number of the current field.</summary>
        public int Number { get; private set; }

        /// <summary>Its value if it is a number, 0 otherwise.</summary>
        public ulong Value { get; private set; }

        /// <summary>Its bytes if it is a text or a message, none otherwise.</summary>
        public ReadOnlySpan<byte> Content { get; private set; }

        /// <summary>Goes to the next field; false at the end.</summary>
        public bool Next()
        {
            if (rest.IsEmpty)
                return false;
            var tag = Varint();
            (Number, Value) = ((int)Math.Min(tag >> 3, int.MaxValue), 0);
            Content = [];
            switch (tag & 7)
            {
                case 0: Value = Varint(); break;
                case 1: Value = BinaryPrimitives.ReadUInt64LittleEndian(Take(8)); break;
                case 2: Content = Take(Varint()); break;
                case 5: Value = BinaryPrimitives.ReadUInt32LittleEndian(Take(4)); break;
                default: throw new FormatException("it is not in the protobuf format");
            }
            return true;
        }

        private ReadOnlySpan<byte> Take(ulong count)
        {
            if (count > (ulong)rest.Length)
                throw new FormatException("it ends too early");
            var taken = rest[..(int)count];
            rest = rest[(int)count..];
            return taken;
        }

        private ulong Varint()
        {
            var value = 0UL;
            for (var shift = 0; shift < 64; shift += 7)
            {
                var b = Take(1)[0];
                value |= (ulong)(b & 0x7f) << shift;
                if (b < 0x80)
                    return value;
            }
            throw new FormatException("it is not in the protobuf format");
        }
    }
}

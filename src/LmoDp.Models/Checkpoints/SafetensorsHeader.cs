using System.Globalization;
using System.Text.Json;
using static TorchSharp.torch;

namespace LmoDp.Models.Checkpoints;

/// <summary>
/// The JSON header of a safetensors file, checked as the format demands: every tensor's bytes are exactly its shape's, and the tensors cover the data part
/// without holes or overlaps. Nothing that the header says is believed before it is checked against the length of the file.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>The longest header that the format allows, in bytes.</summary>
    public const long MaximumLength = 100_000_000;

    private const int MaximumRank = 16;

    /// <summary>Reads a header.</summary>
    /// <param name="header">The JSON text, without the eight bytes of length before it.</param>
    /// <param name="dataLength">Bytes of the file after the header.</param>
    /// <param name="metadata">Receives the free-form metadata.</param>
    /// <exception cref="BadInputException">The header is malformed or does not fit the file.</exception>
    public static IReadOnlyList<StoredTensor> Parse(ReadOnlySpan<byte> header, long dataLength, IDictionary<string, string> metadata)
    {
        try
        {
            if (header.IsEmpty || header[0] != '{')
                throw new BadInputException("the header does not begin with '{'");
            var reader = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 8 });
            reader.Read();
            var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            var seenMetadata = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                var isNew = name == "__metadata__" ? !seenMetadata : !tensors.ContainsKey(name);
                if (!isNew)
                    throw new BadInputException($"'{name}' appears twice in the header");
                if (name == "__metadata__")
                {
                    seenMetadata = true;
                    ReadMetadata(ref reader, metadata);
                }
                else
                {
                    tensors.Add(name, ReadTensor(ref reader, name, header.Length + 8L, dataLength));
                }
            }
            while (reader.Read()) // only blanks may follow
            {
            }
            return CheckCoverage([.. tensors.Values], header.Length + 8L, dataLength);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new BadInputException($"the header is not valid JSON: {error.Message}", error);
        }
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, IDictionary<string, string> metadata)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new BadInputException("__metadata__ is not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String || !metadata.TryAdd(key, reader.GetString()!))
                throw new BadInputException("__metadata__ must map each key once to a string");
        }
    }

    private static StoredTensor ReadTensor(ref Utf8JsonReader reader, string name, long dataStart, long dataLength)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new BadInputException($"tensor '{name}': its entry is not an object");
        ScalarType? type = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString();
            reader.Read();
            switch (key)
            {
                case "dtype" when type is null && reader.TokenType == JsonTokenType.String:
                    type = SafetensorsType.Parse(reader.GetString()!) ?? throw new BadInputException($"tensor '{name}': dtype '{reader.GetString()}' is not supported");
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, MaximumRank);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, 2);
                    break;
                default:
                    throw new BadInputException($"tensor '{name}': unexpected or repeated key '{key}'");
            }
        }
        if (type is null || shape is null || offsets is not [var begin, var end])
            throw new BadInputException($"tensor '{name}': needs dtype, shape and two data_offsets");
        if (begin > end || end > dataLength)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"tensor '{name}': data_offsets [{begin}, {end}] lie outside the {dataLength} bytes of data"));
        if (ByteCount(shape, type.Value) != end - begin)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"tensor '{name}': {end - begin} bytes do not hold the shape {StoredTensor.Describe(shape)} of {SafetensorsType.Name(type.Value)}"));
        return new StoredTensor(name, type.Value, shape, dataStart + begin, end - begin);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string name, int most)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new BadInputException($"tensor '{name}': shape and data_offsets must be lists");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0 || numbers.Count == most)
                throw new BadInputException($"tensor '{name}': shape and data_offsets must be short lists of whole numbers from 0");
            numbers.Add(number);
        }
        return numbers;
    }

    // Null where the product overflows, or would without the lengths that are 0: then the strides of the tensor do.
    private static long? ByteCount(List<long> shape, ScalarType type)
    {
        Int128 product = SafetensorsType.Size(type);
        foreach (var length in shape)
        {
            product *= Math.Max(length, 1);
            if (product > long.MaxValue)
                return null;
        }
        return shape.Contains(0) ? 0 : (long)product;
    }

    private static StoredTensor[] CheckCoverage(StoredTensor[] tensors, long dataStart, long dataLength)
    {
        Array.Sort(tensors, (a, b) => (a.Offset, a.ByteCount).CompareTo((b.Offset, b.ByteCount)));
        var expected = dataStart;
        foreach (var tensor in tensors)
        {
            if (tensor.Offset != expected)
                throw new BadInputException($"tensor '{tensor.Name}': its data overlap another tensor's or leave a hole");
            expected += tensor.ByteCount;
        }
        if (expected != dataStart + dataLength)
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"the tensors take {expected - dataStart} bytes, but the file holds {dataLength} bytes of data"));
        return tensors;
    }
}

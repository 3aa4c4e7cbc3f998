using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using static TorchSharp.torch;

namespace LmoDp.Models.Checkpoints;

/// <summary>Writes safetensors files byte for byte as Hugging Face's library does: larger element types first, then by name, header padded with blanks to 8 bytes.</summary>
public static class SafetensorsWriter
{
    private const int ChunkBytes = 1 << 28;
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file as a whole or not at all. Tensors are converted one at a time.</summary>
    /// <param name="path">Where it is to lie.</param>
    /// <param name="tensors">Names and tensors on any device. A tensor that appears twice is written twice.</param>
    /// <param name="floatType">Floating-point tensors are cast to it; null keeps their types.</param>
    /// <param name="metadata">Further texts for the header's <c>__metadata__</c>, beside <c>"format": "pt"</c>.</param>
    /// <exception cref="BadInputException">A finite value does not fit <paramref name="floatType"/>.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, ScalarType? floatType = null, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.Select(pair => (Name: pair.Key, Tensor: pair.Value, Type: StoredType(pair.Value, floatType)))
            .OrderByDescending(item => SafetensorsType.Rank(item.Type)).ThenBy(item => item.Name, StringComparer.Ordinal).ToArray();
        AtomicFile.Write(path, stream =>
        {
            WriteHeader(stream, ordered, metadata);
            foreach (var (name, tensor, type) in ordered)
                WriteData(stream, name, tensor, type);
        });
    }

    /// <summary>The bytes that a tensor takes in a file.</summary>
    internal static long StoredBytes(Tensor tensor, ScalarType? floatType) => tensor.numel() * SafetensorsType.Size(StoredType(tensor, floatType));

    private static ScalarType StoredType(Tensor tensor, ScalarType? floatType) => tensor.is_floating_point() ? floatType ?? tensor.dtype : tensor.dtype;

    private static void WriteHeader(FileStream stream, (string Name, Tensor Tensor, ScalarType Type)[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header, Plain))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            foreach (var (key, text) in metadata ?? new Dictionary<string, string>())
                json.WriteString(key, text);
            json.WriteEndObject();
            long offset = 0;
            foreach (var (name, tensor, type) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", SafetensorsType.Name(type));
                json.WriteStartArray("shape");
                foreach (var length in tensor.shape)
                    json.WriteNumberValue(length);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.numel() * SafetensorsType.Size(type));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0)
            header.WriteByte((byte)' ');
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        header.WriteTo(stream);
    }

    private static void WriteData(FileStream stream, string name, Tensor tensor, ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var stored = tensor.detach().to(type, CPU);
        if (type != tensor.dtype && tensor.is_floating_point() && tensor.isfinite().logical_and(stored.to(tensor.device).isfinite().logical_not()).any().item<bool>())
            throw new BadInputException($"tensor '{name}' holds values that do not fit {SafetensorsType.Name(type)}: save it as float32");
        var flat = stored.contiguous().view(-1);
        var chunk = ChunkBytes / SafetensorsType.Size(type);
        for (long start = 0; start < flat.numel(); start += chunk)
            stream.Write(flat.narrow(0, start, Math.Min(chunk, flat.numel() - start)).bytes);
    }
}

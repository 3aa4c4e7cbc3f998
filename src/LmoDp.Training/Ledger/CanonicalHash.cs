using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace LmoDp.Training.Ledger;

/// <summary>
/// SHA-256 over named values, each framed by the lengths of its name and content, so that different lists of values never give the same stream. What goes in
/// decides what a digest stands for: for a private step it is everything that determines the release (step, parameters, optimiser state, data, settings, code
/// version), and for its noise also the exact bits of the sum (docs/sharp-edges.md, "Resuming").
/// </summary>
public sealed class CanonicalHash : IDisposable
{
    /// <summary>Tensors are hashed in pieces of this many elements (a span holds less than 2 GiB).</summary>
    private const long Piece = 1 << 24;

    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <param name="purpose">What the digest stands for; digests for different purposes never collide.</param>
    public CanonicalHash(string purpose)
    {
        Add("purpose", purpose);
    }

    /// <summary>Adds raw bytes.</summary>
    public CanonicalHash Add(string name, ReadOnlySpan<byte> content)
    {
        Frame(name, 'b', content.Length);
        hash.AppendData(content);
        return this;
    }

    /// <summary>Adds text; null and empty text differ.</summary>
    public CanonicalHash Add(string name, string? text)
    {
        var bytes = Encoding.UTF8.GetBytes(text ?? "");
        Frame(name, text is null ? 'n' : 's', bytes.Length);
        hash.AppendData(bytes);
        return this;
    }

    /// <summary>Adds an integer.</summary>
    public CanonicalHash Add(string name, long value)
    {
        Frame(name, 'i', sizeof(long));
        AppendInt64(value);
        return this;
    }

    /// <summary>Adds the exact bits of a number.</summary>
    public CanonicalHash Add(string name, double value)
    {
        Frame(name, 'd', sizeof(double));
        AppendInt64(BitConverter.DoubleToInt64Bits(value));
        return this;
    }

    /// <summary>Adds type, shape and the exact bits of a tensor's elements, in row-major order.</summary>
    public CanonicalHash Add(string name, Tensor tensor)
    {
        Frame(name, 't', tensor.numel());
        Add("type", tensor.dtype.ToString()).Add("dimensions", tensor.dim());
        foreach (var size in tensor.shape)
            AppendInt64(size);
        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        for (var start = 0L; start < flat.numel(); start += Piece)
        {
            using var piece = flat.narrow(0, start, Math.Min(Piece, flat.numel() - start));
            hash.AppendData(piece.bytes);
        }
        return this;
    }

    /// <summary>Adds tensors under their names, in ordinal order of the names.</summary>
    public CanonicalHash Add(string name, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        var ordered = tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal).ToArray();
        Frame(name, 'm', ordered.Length);
        foreach (var (key, tensor) in ordered)
            Add(key, tensor);
        return this;
    }

    /// <summary>The digest, 32 bytes.</summary>
    public byte[] Finish() => hash.GetHashAndReset();

    /// <inheritdoc/>
    public void Dispose() => hash.Dispose();

    private void Frame(string name, char kind, long length)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        AppendInt64(bytes.Length);
        hash.AppendData(bytes);
        hash.AppendData([(byte)kind]);
        AppendInt64(length);
    }

    private void AppendInt64(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        hash.AppendData(bytes);
    }
}

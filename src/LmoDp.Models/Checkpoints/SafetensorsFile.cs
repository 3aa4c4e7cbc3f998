using System.Buffers.Binary;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace LmoDp.Models.Checkpoints;

/// <summary>
/// An open safetensors file (https://github.com/huggingface/safetensors, format section). Tensors are read one at a time when they are asked for; nothing
/// outside the file is ever read, and no memory is taken by an unchecked length.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int ChunkBytes = 1 << 30; // a Span holds at most 2 GiB
    private readonly SafeFileHandle handle;
    private readonly Dictionary<string, StoredTensor> tensors;
    private readonly Dictionary<ScalarType, Tensor> mapped = []; // the whole file as numbers of a type
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>The tensors, in the order of their data.</summary>
    public IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>The free-form strings of <c>__metadata__</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => metadata;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        Path = path;
        this.handle = handle;
        var length = RandomAccess.GetLength(handle);
        Span<byte> prefix = stackalloc byte[8];
        if (length < prefix.Length)
            throw new BadInputException("the file is shorter than 8 bytes");
        ReadExactly(prefix, 0);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > SafetensorsHeader.MaximumLength || headerLength > (ulong)(length - prefix.Length))
            throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"it claims a header of {headerLength} bytes, but the file has {length} bytes (and 100 MB is the limit)"));
        var header = new byte[(int)headerLength];
        ReadExactly(header, prefix.Length);
        Tensors = SafetensorsHeader.Parse(header, length - prefix.Length - header.Length, metadata);
        tensors = Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="BadInputException">There is no such file, or it is not a well-formed safetensors file.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = RegularFile.OpenHandle(path);
            return new SafetensorsFile(path, handle);
        }
        catch (Exception error) when (error is BadInputException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            handle?.Dispose();
            throw new BadInputException(File.Exists(path) ? $"cannot read '{path}' as safetensors: {error.Message}" : $"there is no file '{path}'", error);
        }
    }

    /// <summary>Whether the file holds a tensor of that name.</summary>
    public bool Contains(string name) => tensors.ContainsKey(name);

    /// <summary>Where a tensor lies.</summary>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public StoredTensor Find(string name) => tensors.TryGetValue(name, out var tensor) ? tensor : throw new BadInputException($"'{Path}' holds no tensor '{name}'");

    /// <summary>A copy of a tensor, in its stored type, on the CPU. The caller owns it.</summary>
    /// <exception cref="BadInputException">There is none of that name, or the file can no longer be read.</exception>
    public Tensor Read(string name)
    {
        var stored = Find(name);
        var result = empty(stored.Shape.ToArray(), stored.Type, CPU);
        try
        {
            using var flat = result.view(-1);
            var elementSize = SafetensorsType.Size(stored.Type);
            for (long done = 0; done < stored.ByteCount;)
            {
                var count = Math.Min(ChunkBytes, stored.ByteCount - done);
                using var part = flat.narrow(0, done / elementSize, count / elementSize);
                ReadExactly(part.bytes, stored.Offset + done);
                if (stored.Type == ScalarType.Bool && part.bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
                    throw new BadInputException($"tensor '{name}' is BOOL, but holds other bytes than 0 and 1");
                done += count;
            }
            return result;
        }
        catch (Exception error) when (error is BadInputException or IOException)
        {
            result.Dispose();
            throw new BadInputException($"cannot read '{Path}': {error.Message}", error);
        }
    }

    /// <summary>
    /// A tensor in its stored type whose numbers stay in the file, mapped into memory: the kernel reads a page when it is needed. What is written to it stays in memory. It may
    /// outlive this object; the file must not change meanwhile. Where its bytes are not aligned, it is a copy after all. The caller owns it.
    /// </summary>
    /// <exception cref="BadInputException">There is none of that name, or the file can no longer be read.</exception>
    public Tensor Map(string name)
    {
        var stored = Find(name);
        var size = SafetensorsType.Size(stored.Type);
        if (stored.Offset % size != 0 || stored.Type == ScalarType.Bool)
            return Read(name);
        if (!mapped.TryGetValue(stored.Type, out var whole))
            mapped.Add(stored.Type, whole = from_file(Path, shared: false, RandomAccess.GetLength(handle) / size, stored.Type).DetachFromDisposeScope());
        using var flat = whole.narrow(0, stored.Offset / size, stored.ElementCount);
        return flat.view(stored.Shape.ToArray());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        handle.Dispose();
        foreach (var whole in mapped.Values)
            whole.Dispose();
        mapped.Clear();
    }

    private void ReadExactly(Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            var count = RandomAccess.Read(handle, buffer, offset);
            if (count == 0)
                throw new BadInputException("the file ends too early; was it changed while it was read?");
            buffer = buffer[count..];
            offset += count;
        }
    }
}

using System.Buffers.Binary;

namespace LmoDp.Privacy.Sampling;

/// <summary>A stream of random bytes that draws are made from. Sources that guard privacy are cryptographic (<see cref="AesCtrRandomSource"/>).</summary>
public abstract class RandomSource
{
    /// <summary>The next bytes of the stream.</summary>
    public abstract void Fill(Span<byte> destination);

    /// <summary>The next 64 bits, uniform.</summary>
    public virtual ulong NextUInt64()
    {
        Span<byte> word = stackalloc byte[8];
        Fill(word);
        return BinaryPrimitives.ReadUInt64LittleEndian(word);
    }
}

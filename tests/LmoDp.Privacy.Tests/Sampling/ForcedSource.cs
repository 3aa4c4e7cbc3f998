using System.Buffers.Binary;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Tests.Sampling;

/// <summary>A source that yields the given 64-bit words and then fails.</summary>
internal sealed class ForcedSource(params ulong[] words) : RandomSource
{
    private int next;

    public bool IsExhausted => next == words.Length;

    public override void Fill(Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i += 8)
            BinaryPrimitives.WriteUInt64LittleEndian(destination[i..], words[next++]);
    }
}

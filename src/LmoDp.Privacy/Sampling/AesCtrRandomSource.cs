using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LmoDp.Privacy.Sampling;

/// <summary>
/// AES-256 in counter mode (NIST SP 800-38A, 6.5) as a stream of random bytes: the same key gives the same stream, and without the key the stream cannot
/// be told from uniform bytes. One key is good for one stream; derive a fresh key for each purpose and step.
/// </summary>
public sealed class AesCtrRandomSource : RandomSource, IDisposable
{
    private const int BlockBytes = 16;
    private readonly Aes aes;
    private readonly ICryptoTransform cipher; // keeps the key's schedule: one-shot calls make it anew each time, which costs ten times the blocks themselves
    private readonly byte[] counters = new byte[256 * BlockBytes];
    private readonly byte[] buffer = new byte[256 * BlockBytes];
    private ulong block;
    private int used;

    /// <param name="key">32 bytes.</param>
    public AesCtrRandomSource(ReadOnlySpan<byte> key)
    {
        if (key.Length != 32)
            throw new ArgumentException("the key must have 32 bytes", nameof(key));
        aes = Aes.Create();
        aes.Key = key.ToArray();
        aes.Mode = CipherMode.ECB; // of counters: that is counter mode
        aes.Padding = PaddingMode.None;
        cipher = aes.CreateEncryptor();
        used = buffer.Length;
    }

    /// <summary>A stream under a fresh key from the operating system.</summary>
    public static AesCtrRandomSource FromOperatingSystem()
    {
        Span<byte> key = stackalloc byte[32];
        RandomNumberGenerator.Fill(key);
        return new AesCtrRandomSource(key);
    }

    /// <summary>A reproducible stream for tests and demonstrations. Whoever knows the seed can subtract the noise: never private.</summary>
    public static AesCtrRandomSource FromSeed(long seed, string purpose)
    {
        return new AesCtrRandomSource(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant($"lmodp seed {seed} {purpose}"))));
    }

    /// <inheritdoc/>
    public override void Fill(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            if (used == buffer.Length)
                Refill();
            var n = Math.Min(destination.Length, buffer.Length - used);
            buffer.AsSpan(used, n).CopyTo(destination);
            used += n;
            destination = destination[n..];
        }
    }

    /// <inheritdoc/>
    public override ulong NextUInt64()
    {
        if (used + 8 > buffer.Length)
            return base.NextUInt64();
        used += 8;
        return BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan(used - 8));
    }

    private void Refill()
    {
        for (var i = 0; i < counters.Length; i += BlockBytes)
            BinaryPrimitives.WriteUInt64BigEndian(counters.AsSpan(i + 8), block++);
        cipher.TransformBlock(counters, 0, counters.Length, buffer, 0);
        used = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(buffer);
        used = buffer.Length; // what comes now throws
        cipher.Dispose();
        aes.Dispose();
    }
}

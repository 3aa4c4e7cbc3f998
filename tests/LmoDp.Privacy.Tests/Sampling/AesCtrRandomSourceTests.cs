using System.Buffers.Binary;
using System.Security.Cryptography;
using LmoDp.Privacy.Sampling;
using Xunit;

namespace LmoDp.Privacy.Tests.Sampling;

public class AesCtrRandomSourceTests
{
    /// <summary>The AES-256 key of NIST SP 800-38A, F.5.5, and SP 800-38B, D.3.</summary>
    private static readonly byte[] Key = Convert.FromHexString("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");

    /// <summary>The counter starts at 0; AES-256 of the zero block under this key is printed in SP 800-38B, D.3, as the value L.</summary>
    [Fact]
    public void TheFirstBlockIsThatOfTheStandard()
    {
        using var source = new AesCtrRandomSource(Key);
        var block = new byte[16];
        source.Fill(block);
        Assert.Equal("e568f68194cf76d6174d4cc04310a854", Convert.ToHexStringLower(block));
    }

    /// <summary>The stream is AES-ECB of the big-endian counters 0, 1, 2, ..., however it is cut. The cipher itself is checked on SP 800-38A, F.5.5.</summary>
    [Fact]
    public void TheStreamIsTheCipherOfTheCounterHoweverItIsCut()
    {
        using var aes = Aes.Create();
        aes.Key = Key;
        var first = aes.EncryptEcb(Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), PaddingMode.None);
        Assert.Equal("0bdf7df1591716335e9a8b15c860c502", Convert.ToHexStringLower(first));
        var counters = new byte[16 * 1000];
        for (var i = 0; i < 1000; i++)
            BinaryPrimitives.WriteInt32BigEndian(counters.AsSpan(16 * i + 12), i);
        var expected = aes.EncryptEcb(counters, PaddingMode.None);

        foreach (var cut in new[] { 1, 7, 8, 16, 4095, 4096, 4097, 16000 })
        {
            using var source = new AesCtrRandomSource(Key);
            var stream = new byte[expected.Length];
            for (var at = 0; at < stream.Length; at += cut)
                source.Fill(stream.AsSpan(at, Math.Min(cut, stream.Length - at)));
            Assert.Equal(expected, stream);
        }

        using var words = new AesCtrRandomSource(Key);
        words.Fill(new byte[3]);
        for (var at = 3; at + 8 <= expected.Length; at += 8)
            Assert.Equal(BinaryPrimitives.ReadUInt64LittleEndian(expected.AsSpan(at)), words.NextUInt64());
    }

    [Fact]
    public void SeedsAndPurposesHaveTheirOwnStreams()
    {
        static ulong First(long seed, string purpose)
        {
            using var source = AesCtrRandomSource.FromSeed(seed, purpose);
            return source.NextUInt64();
        }
        Assert.Equal(First(1, "noise"), First(1, "noise"));
        Assert.Equal(3, new[] { First(1, "noise"), First(2, "noise"), First(1, "sampling") }.Distinct().Count());
        Assert.Throws<ArgumentException>(() => new AesCtrRandomSource(new byte[16]));
    }

    [Fact]
    public void AfterTheEndThereAreNoZeros()
    {
        var source = new AesCtrRandomSource(Key);
        source.NextUInt64();
        source.Dispose();
        Assert.ThrowsAny<ObjectDisposedException>(() => source.NextUInt64());
    }
}

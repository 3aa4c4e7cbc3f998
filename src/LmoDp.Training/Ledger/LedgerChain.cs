using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LmoDp.Training.Ledger;

/// <summary>
/// The lines of a ledger: <c>{"hash":"...","length":N,"record":{...}}</c>, where length counts the record's bytes and hash = SHA-256(previous line's hash,
/// record). A line is valid only in this exact spelling and only after the lines before it, so any change, gap or exchange breaks the chain from there on.
/// </summary>
internal static class LedgerChain
{
    /// <summary>The longest record. A run's plan with a free-form noise law is the longest there is.</summary>
    public const int MaxRecordLength = 1 << 24;

    private const int HashDigits = 2 * SHA256.HashSizeInBytes;
    private static readonly byte[] Opening = "{\"hash\":\""u8.ToArray();
    private static readonly byte[] BeforeLength = "\",\"length\":"u8.ToArray();
    private static readonly byte[] BeforeRecord = ",\"record\":"u8.ToArray();

    /// <summary>The hash before the first line.</summary>
    public static string Start { get; } = Convert.ToHexStringLower(SHA256.HashData("lmodp ledger 1"u8));

    /// <summary>The line for a record, line feed included, and its hash.</summary>
    public static (byte[] Line, string Hash) Seal(string previous, ReadOnlySpan<byte> record)
    {
        var hash = Next(previous, record);
        byte[] line =
        [
            .. Opening, .. Encoding.ASCII.GetBytes(hash), .. BeforeLength, .. Encoding.ASCII.GetBytes(FormattableString.Invariant($"{record.Length}")),
            .. BeforeRecord, .. record, (byte)'}', (byte)'\n',
        ];
        return (line, hash);
    }

    /// <summary>Reads a line (without its line feed); false where it is not the valid successor of the line with hash <paramref name="previous"/>.</summary>
    public static bool TryOpen(string previous, ReadOnlySpan<byte> line, out ReadOnlySpan<byte> record, out string hash)
    {
        record = default;
        hash = "";
        var recordStart = line.IndexOf(BeforeRecord);
        var lengthStart = Opening.Length + HashDigits + BeforeLength.Length;
        if (recordStart < lengthStart || !Utf8Parser.TryParse(line[lengthStart..recordStart], out int length, out _) || length is < 0 or > MaxRecordLength
            || recordStart + BeforeRecord.Length + length + 1 != line.Length)
            return false;
        record = line.Slice(recordStart + BeforeRecord.Length, length);
        var (sealedLine, sealedHash) = Seal(previous, record);
        hash = sealedHash;
        return sealedLine.AsSpan()[..^1].SequenceEqual(line);
    }

    /// <summary>Whether bytes without a line feed can be the beginning of one record, torn off. Two beginnings mean that a line feed was lost: damage.</summary>
    public static bool MayBeTorn(ReadOnlySpan<byte> tail)
        => tail.Length <= MaxRecordLength && (tail.Length <= 1 || tail[1..].IndexOf(Opening) < 0);

    private static string Next(string previous, ReadOnlySpan<byte> record)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(previous));
        hash.AppendData(record);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

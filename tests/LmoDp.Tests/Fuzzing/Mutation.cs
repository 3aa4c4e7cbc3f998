using System.Text;

namespace LmoDp.Tests.Fuzzing;

/// <summary>Damages files: bytes and bits, pieces of the languages that the files are written in, lines, and, where a file is JSON, its values. The same random numbers give the same damage.</summary>
internal static class Mutation
{
    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "\"", "{", "}", "[", "]", ",", ":", "null", "true", "-1", "0", "1e999", "-1e-999", "NaN", "Infinity", "9223372036854775807", "-9223372036854775808", "4294967296", "2147483648", "1e308",
            "\\ud800", "\\u0000", "\n", "\r", "\r\n", "\t", "\0", "\ufeff", "\u2028", "[[[[[[[[[[", "\"\"", "../", "/etc/passwd", "..\\", "%s", "=", "+", "/2^", " ", "{\"", "\"}",
        }.Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff, 0xff, 0xff, 0xff, 0x0f], [0, 0, 0, 0, 0, 0, 0, 0x80],
    ];

    /// <summary>A damaged copy of a file out of a corpus, perhaps mixed with another one.</summary>
    public static byte[] Of(IReadOnlyList<byte[]> corpus, Random random)
    {
        var original = corpus[random.Next(corpus.Count)];
        if (random.Next(3) == 0 && Json(original, random) is { } rewritten)
            return random.Next(4) == 0 ? Bytes(rewritten, corpus, random) : rewritten;
        return Bytes(original, corpus, random);
    }

    /// <summary>Changes the document, or one of those that stand one a line; null where there is none.</summary>
    private static byte[]? Json(byte[] original, Random random)
    {
        if (JsonMutation.Of(original, random) is { } whole)
            return whole;
        var end = Array.IndexOf(original, (byte)'\n', random.Next(original.Length + 1));
        if (end <= 0)
            return null;
        var start = Array.LastIndexOf(original, (byte)'\n', end - 1) + 1;
        return JsonMutation.Of(original[start..end], random) is { } line ? [.. original[..start], .. line, .. original[end..]] : null;
    }

    private static byte[] Bytes(byte[] original, IReadOnlyList<byte[]> corpus, Random random)
    {
        var bytes = original.ToList();
        for (var changes = 1 + random.Next(random.Next(8) == 0 ? 20 : 3); changes > 0; changes--)
            Change(bytes, corpus, random);
        return [.. bytes];
    }

    private static void Change(List<byte> bytes, IReadOnlyList<byte[]> corpus, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, random.Next(6) == 0 ? 200 : 12), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 4 or 5:
                bytes.RemoveRange(at, random.Next(2) * length);
                bytes.InsertRange(at, Pieces[random.Next(Pieces.Length)]);
                break;
            case 6:
                Line(bytes, random);
                break;
            case 7:
                var other = corpus[random.Next(corpus.Count)];
                var from = random.Next(other.Length + 1);
                bytes.InsertRange(at, other.AsSpan(from, Math.Min(length, other.Length - from)).ToArray());
                break;
            case 8 when random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                break;
        }
    }

    /// <summary>Removes a line, repeats it, or moves it to the end.</summary>
    private static void Line(List<byte> bytes, Random random)
    {
        var end = bytes.IndexOf((byte)'\n', random.Next(bytes.Count + 1));
        if (end < 0)
            return;
        var start = end == 0 ? 0 : bytes.LastIndexOf((byte)'\n', end - 1) + 1;
        var line = bytes.GetRange(start, end + 1 - start);
        if (random.Next(2) == 0)
            bytes.RemoveRange(start, line.Count);
        if (random.Next(2) == 0)
            bytes.InsertRange(random.Next(2) == 0 ? start : bytes.Count, line);
    }
}

using System.Globalization;
using System.Text;

namespace LmoDp;

/// <summary>Reads small files that somebody else wrote.</summary>
public static class BoundedFile
{
    /// <summary>The bytes of a file.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="limit">The most bytes that are believed.</param>
    /// <exception cref="BadInputException">It is not there, larger, or cannot be read.</exception>
    public static byte[] Read(string path, int limit)
    {
        try
        {
            using var stream = RegularFile.Open(path);
            if (stream.Length > limit)
                throw new BadInputException(string.Create(CultureInfo.InvariantCulture, $"'{path}' has {stream.Length} bytes; at most {limit} are expected"));
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(File.Exists(path) ? $"cannot read '{path}': {error.Message}" : $"there is no file '{path}'", error);
        }
    }

    /// <summary>The UTF-8 text of a file.</summary>
    /// <exception cref="BadInputException">As <see cref="Read"/>, or it is not valid UTF-8.</exception>
    public static string ReadText(string path, int limit) => Decode(Read(path, limit), path);

    /// <summary>UTF-8 text.</summary>
    /// <param name="bytes">Its bytes; a byte-order mark is dropped.</param>
    /// <param name="source">What to call them in errors.</param>
    /// <exception cref="BadInputException">They are not valid UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes, string source)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new BadInputException($"{source} is not valid UTF-8", error);
        }
    }
}

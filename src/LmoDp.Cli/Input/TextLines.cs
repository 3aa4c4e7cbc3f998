using System.Text;

namespace LmoDp.Cli.Input;

/// <summary>Plain text files, one text a line.</summary>
internal static class TextLines
{
    /// <summary>The lines of a UTF-8 file; a line ends at LF or CR LF only, so that other separators inside a text stay there.</summary>
    /// <param name="option">The option that names the file, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="BadInputException">There is no such file, or it cannot be read, or is not UTF-8.</exception>
    public static IReadOnlyList<string> Read(string option, string path)
    {
        if (!File.Exists(path))
            throw new BadInputException($"{option}: there is no file '{path}'");
        try
        {
            var lines = ReadAll(path).Split('\n');
            var count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
            return [.. lines.Take(count).Select(line => line.EndsWith('\r') ? line[..^1] : line)];
        }
        catch (DecoderFallbackException fault)
        {
            throw new BadInputException($"{option}: '{path}' is not UTF-8 text: convert it first", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{option}: '{path}' cannot be read: {fault.Message}", fault);
        }
    }

    private static string ReadAll(string path)
    {
        using var reader = new StreamReader(RegularFile.Open(path), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false);
        return reader.ReadToEnd();
    }
}

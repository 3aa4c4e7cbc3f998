using System.Text;

namespace LmoDp.Training.Data;

/// <summary>
/// The lines of a UTF-8 file, each ended by a line feed (a carriage return before it is dropped). Unlike <see cref="StreamReader.ReadLine"/> it does not split
/// at a lone carriage return, which may stand inside a field, and it never holds more than one line of bounded length.
/// </summary>
internal sealed class BoundedLineReader : IDisposable
{
    /// <summary>UTF-8 that refuses bytes which are not. That it would emit a byte-order mark is what makes a reader drop one.</summary>
    internal static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    private readonly string name;
    private readonly StreamReader reader;
    private readonly char[] buffer = new char[1 << 14];
    private int position;
    private int length;

    public BoundedLineReader(string path)
    {
        name = Path.GetFileName(path);
        reader = OpenText(path);
    }

    /// <summary>The line (from 1) that was read last; 0 before the first.</summary>
    public long Line { get; private set; }

    /// <summary>A reader that refuses bytes that are not UTF-8 and drops a byte-order mark.</summary>
    public static StreamReader OpenText(string path)
    {
        try
        {
            return new StreamReader(RegularFile.Open(path), StrictUtf8, detectEncodingFromByteOrderMarks: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The next line; null at the end.</summary>
    /// <exception cref="BadInputException">The line is too long, or not UTF-8.</exception>
    public string? Read()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (position == length && !Refill())
                break;
            var rest = buffer.AsSpan(position, length - position);
            var end = rest.IndexOf('\n');
            line.Append(end < 0 ? rest : rest[..end]);
            position += end < 0 ? rest.Length : end + 1;
            if (line.Length > TabularFile.MaxLineLength)
                throw new BadInputException(FormattableString.Invariant($"{name}, line {Line + 1}: longer than {TabularFile.MaxLineLength} characters"));
            if (end >= 0)
                return Finish(line);
        }
        return line.Length == 0 ? null : Finish(line);
    }

    private string Finish(StringBuilder line)
    {
        Line++;
        if (line.Length > 0 && line[^1] == '\r')
            line.Length--;
        return line.ToString();
    }

    private bool Refill()
    {
        try
        {
            position = 0;
            length = reader.Read(buffer);
            return length > 0;
        }
        catch (DecoderFallbackException e)
        {
            throw new BadInputException(FormattableString.Invariant($"{name}: not UTF-8 text (a bad byte at or after line {Line + 1}): save the file as UTF-8"), e);
        }
        catch (IOException e)
        {
            throw new BadInputException($"{name}: cannot be read: {e.Message}", e);
        }
    }

    public void Dispose() => reader.Dispose();
}

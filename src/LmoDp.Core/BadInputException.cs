namespace LmoDp;

/// <summary>Input that the caller can mend. The message is one line that says what is wrong and how to mend it; the command line prints it and exits with code 2.</summary>
public sealed class BadInputException : Exception
{
    /// <param name="message">One line: what is wrong, and how to mend it.</param>
    public BadInputException(string message) : base(OneLine(message))
    {
    }

    /// <param name="message">One line: what is wrong, and how to mend it.</param>
    /// <param name="cause">What revealed it.</param>
    public BadInputException(string message, Exception cause) : base(OneLine(message), cause)
    {
    }

    // Messages quote what was read: control characters, line breaks among them, become blanks, and a very long quotation is cut.
    private static string OneLine(string message)
    {
        const int longest = 2000;
        var cut = message.Length <= longest ? message : message[..longest] + "...";
        return string.Create(cut.Length, cut, (line, text) =>
        {
            for (var i = 0; i < line.Length; i++)
                line[i] = char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' || char.IsSurrogate(text[i]) ? ' ' : text[i];
        });
    }
}

namespace LmoDp;

/// <summary>Input that the caller can mend. The message is one line that says what is wrong and how to mend it; the command line prints it and exits with code 2.</summary>
public sealed class BadInputException : Exception
{
    /// <param name="message">One line: what is wrong, and how to mend it.</param>
    public BadInputException(string message) : base(message)
    {
    }

    /// <param name="message">One line: what is wrong, and how to mend it.</param>
    /// <param name="cause">What revealed it.</param>
    public BadInputException(string message, Exception cause) : base(message, cause)
    {
    }
}

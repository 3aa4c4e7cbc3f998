namespace LmoDp.Training.Runs;

/// <summary>A run was ended early, in good order: it can be continued.</summary>
/// <param name="message">One line that says how.</param>
/// <param name="cause">Where it stopped.</param>
public sealed class RunInterruptedException(string message, Exception cause) : OperationCanceledException(message, cause)
{
    /// <summary>How, for a command with that option.</summary>
    public const string Resume = "continue the run with --resume and the same options";
}

using System.CommandLine;
using System.CommandLine.Invocation;

namespace LmoDp.Cli;

/// <summary>What <c>--version</c> prints: the program's version.</summary>
internal sealed class VersionLine : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(typeof(VersionLine).Assembly.GetName().Version?.ToString(3));
        return 0;
    }
}

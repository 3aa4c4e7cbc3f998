using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LmoDp.Cli;

/// <summary>The page that <c>--help</c> shows: System.CommandLine's, followed by the verb's examples.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private readonly HelpAction page = new();

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        page.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        var examples = command is Verb verb ? verb.Examples : [.. command.Subcommands.OfType<Verb>().Take(1).Select(below => $"{Verb.FullName(below)} --help")];
        output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
        foreach (var example in examples)
            output.WriteLine($"  {example}");
        return 0;
    }
}

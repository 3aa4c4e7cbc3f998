using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Cli.Output;

namespace LmoDp.Cli;

/// <summary>One verb of the command line: what it reads, and the result that it returns. Printing, exit codes and faults are the same for all verbs (<see cref="CommandLine"/>).</summary>
internal abstract class Verb : Command
{
    private readonly Option<bool> json = TypedOption.Switch("--json", "Print one JSON document on standard output, and nothing else there");

    /// <param name="name">The verb.</param>
    /// <param name="description">What it does, one sentence.</param>
    /// <param name="examples">Command lines that show how it is used, shown by --help.</param>
    protected Verb(string name, string description, params IReadOnlyList<string> examples) : base(name, description)
    {
        Examples = examples;
        Options.Add(json);
    }

    /// <summary>Command lines that show how the verb is used.</summary>
    public IReadOnlyList<string> Examples { get; }

    /// <summary>Whether the result is wanted as JSON.</summary>
    public bool WantsJson(ParseResult input) => input.GetValue(json);

    /// <summary>
    /// Whether the verb watches its cancellation token and leaves everything in order before it stops. All others are given up at once, since they have nothing to put in order.
    /// </summary>
    public virtual bool StopsByItself => false;

    /// <summary>Does the verb's work.</summary>
    /// <param name="input">A command line without errors.</param>
    /// <param name="terminal">Where progress and notes go: <see cref="Terminal.Error"/>. The result is returned, not printed.</param>
    /// <param name="cancellation">Set when the user interrupts.</param>
    /// <exception cref="BadInputException">The input can be mended.</exception>
    public abstract VerbResult Run(ParseResult input, Terminal terminal, CancellationToken cancellation);

    /// <summary>The command with its parents: <c>lmodp noise show</c>.</summary>
    public static string FullName(Command command)
    {
        var parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? CommandLine.ProgramName : $"{FullName(parent)} {command.Name}";
    }
}

using System.CommandLine;

namespace LmoDp.Cli.Input;

/// <summary>The one line that says what is wrong with a command line.</summary>
internal static class ParseFault
{
    /// <summary>The fault to report first: a name that nothing knows explains all others.</summary>
    /// <param name="input">A command line with at least one error.</param>
    public static string Of(ParseResult input)
    {
        var command = input.CommandResult.Command;
        var unknown = input.UnmatchedTokens.Count > 0 ? input.UnmatchedTokens[0] : null;
        if (command.Subcommands.Count > 0)
            return unknown is null or ['-', ..] ? MissingVerb(command, unknown) : UnknownVerb(command, unknown);
        return unknown is null ? input.Errors[0].Message : UnknownArgument(command, unknown);
    }

    private static string MissingVerb(Command command, string? before)
        => $"a verb is missing{(before is null ? "" : $" before '{before}'")}: give one of {string.Join(", ", Names(command.Subcommands))}; {Help(command)} tells more";

    private static string UnknownVerb(Command command, string token)
        => $"unknown verb '{token}'{Suggestion.For(token, Names(command.Subcommands))}; {Help(command)} lists the verbs";

    private static string UnknownArgument(Command command, string token) => token is ['-', _, ..]
        ? $"unknown option '{token}'{Suggestion.For(token, Names(command.Options))}; {Help(command)} lists the options"
        : $"'{token}' is one argument too many; quote a value that holds blanks, and see {Help(command)}";

    private static string Help(Command command) => $"'{Verb.FullName(command)} --help'";

    private static IEnumerable<string> Names(IEnumerable<Symbol> symbols) => symbols.Where(symbol => !symbol.Hidden).Select(symbol => symbol.Name);
}

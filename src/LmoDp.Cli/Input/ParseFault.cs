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
        if (unknown is not null)
            return Unknown(command, unknown);
        if (command.Subcommands.Count > 0)
            return $"a verb is missing: give one of {string.Join(", ", Names(command.Subcommands))}; {Help(command)} tells more";
        return input.Errors[0].Message;
    }

    private static string Unknown(Command command, string token)
    {
        if (token.StartsWith('-') && token.Length > 1)
            return $"unknown option '{token}'{Suggestion.For(token, Names(command.Options))}; {Help(command)} lists the options";
        return command.Subcommands.Count > 0
            ? $"unknown verb '{token}'{Suggestion.For(token, Names(command.Subcommands))}; {Help(command)} lists the verbs"
            : $"'{token}' is one argument too many; quote a value that holds blanks, and see {Help(command)}";
    }

    private static string Help(Command command) => $"'{Verb.FullName(command)} --help'";

    private static IEnumerable<string> Names(IEnumerable<Symbol> symbols) => symbols.Where(symbol => !symbol.Hidden).Select(symbol => symbol.Name);
}

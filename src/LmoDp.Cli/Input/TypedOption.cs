using System.CommandLine;
using System.CommandLine.Parsing;

namespace LmoDp.Cli.Input;

/// <summary>The kinds of options that verbs have. Each checks its value while it is parsed, so that a verb only ever sees values in range; each fault is one line.</summary>
internal static class TypedOption
{
    /// <summary>A real number; null where the option is not given.</summary>
    public static Option<double?> Real(string name, string description, NumberRange range, string valueName = "number")
        => Parsed<double?>(name, description, valueName, text => Numbers.Real(name, text, range));

    /// <summary>A whole number; null where the option is not given.</summary>
    public static Option<long?> Whole(string name, string description, long least, string valueName = "number", long most = long.MaxValue)
        => Parsed<long?>(name, description, valueName, text => Numbers.Whole(name, text, least, most));

    /// <summary>A text that is not empty; null where the option is not given.</summary>
    public static Option<string?> Text(string name, string description, string valueName)
        => Parsed<string?>(name, description, valueName, text
            => string.IsNullOrWhiteSpace(text) ? throw new BadInputException($"{name} is empty: give a value, or leave the option out") : text);

    /// <summary>One of several names; null where the option is not given.</summary>
    public static Option<T?> Choice<T>(string name, string description, params IReadOnlyList<(string Name, T Value)> choices) where T : struct
        => Parsed<T?>(name, description, string.Join('|', choices.Select(choice => choice.Name)), text => Chosen(name, text, choices));

    /// <summary>The folder that an option names, which must exist; null where the option is not given.</summary>
    /// <exception cref="BadInputException">There is no such folder.</exception>
    public static string? ExistingFolder(this ParseResult input, Option<string?> option) => input.GetValue(option) is not { } folder || Directory.Exists(folder)
        ? input.GetValue(option)
        : throw new BadInputException($"{option.Name}: there is no folder '{folder}'");

    /// <summary>The file that an option names, which must exist; null where the option is not given.</summary>
    /// <exception cref="BadInputException">There is no such file.</exception>
    public static string? ExistingFile(this ParseResult input, Option<string?> option) => input.GetValue(option) is not { } file || File.Exists(file)
        ? input.GetValue(option)
        : throw new BadInputException($"{option.Name}: there is no file '{file}'");

    /// <summary>A switch: given or not.</summary>
    public static Option<bool> Switch(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>The same option, which must now be given.</summary>
    public static Option<T> Needed<T>(this Option<T> option)
    {
        option.Required = true;
        return option;
    }

    private static T Chosen<T>(string name, string text, IReadOnlyList<(string Name, T Value)> choices)
    {
        foreach (var choice in choices)
        {
            if (choice.Name == text)
                return choice.Value;
        }
        var names = choices.Select(choice => choice.Name).ToArray();
        throw new BadInputException($"{name}: '{text}' is not one of {string.Join(", ", names)}{Suggestion.For(text, names)}");
    }

    private static Option<T> Parsed<T>(string name, string description, string valueName, Func<string, T> parse) => new(name)
    {
        Description = description,
        HelpName = valueName,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => Parse(result, parse),
    };

    private static T? Parse<T>(ArgumentResult result, Func<string, T> parse)
    {
        try
        {
            return parse(result.Tokens[^1].Value);
        }
        catch (BadInputException fault)
        {
            result.AddError(fault.Message);
            return default;
        }
    }
}

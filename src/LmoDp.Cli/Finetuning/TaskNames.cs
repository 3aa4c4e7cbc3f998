using LmoDp.Cli.Input;

namespace LmoDp.Cli.Finetuning;

/// <summary>The tasks that <c>--task</c> names.</summary>
internal static class TaskNames
{
    /// <summary>The user's own files.</summary>
    public const string Custom = "text-classification";

    /// <summary>Tasks with known columns and labels.</summary>
    public static readonly IReadOnlyList<string> Builtin = ["sst2", "qnli", "qqp", "mnli"];

    /// <summary>All, for descriptions.</summary>
    public static readonly string Description = $"The task: {string.Join(", ", Builtin)}, or {Custom} for your own files";

    /// <summary>The name, if there is such a task.</summary>
    /// <exception cref="BadInputException">There is not.</exception>
    public static string Checked(string name) => name == Custom || Builtin.Contains(name)
        ? name
        : throw new BadInputException($"--task: '{name}' is not one of {string.Join(", ", Builtin)}, {Custom}{Suggestion.For(name, [.. Builtin, Custom])}");
}

using LmoDp.Cli.Input;

namespace LmoDp.Cli.Finetuning;

/// <summary>The tasks that <c>--task</c> names.</summary>
internal static class TaskNames
{
    /// <summary>Labels for texts in the user's own files.</summary>
    public const string Classification = "text-classification";

    /// <summary>Texts for texts in the user's own files.</summary>
    public const string Generation = "text-to-text";

    private static readonly string[] Classifications = ["sst2", "qnli", "qqp", "mnli"], Generations = ["e2e", "dart"];

    private static readonly string[] All = [.. Classifications, .. Generations, Classification, Generation];

    /// <summary>All, for descriptions.</summary>
    public static readonly string Description = $"The task: {string.Join(", ", Classifications)} (labels), {string.Join(", ", Generations)} (writing), or {Classification} or {Generation} for your own files";

    /// <summary>Whether a task's files are the user's own.</summary>
    public static bool IsCustom(string name) => name is Classification or Generation;

    /// <summary>Whether a task is to write texts; else it is to label them.</summary>
    public static bool Writes(string name) => name == Generation || Generations.Contains(name);

    /// <summary>The name, if there is such a task.</summary>
    /// <exception cref="BadInputException">There is not.</exception>
    public static string Checked(string name) => All.Contains(name) ? name : throw new BadInputException($"--task: '{name}' is not one of {string.Join(", ", All)}{Suggestion.For(name, All)}");
}

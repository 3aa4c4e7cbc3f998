using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Models.Adapters;

namespace LmoDp.Cli.Finetuning;

/// <summary>The sets of parameters to train, by their names on the command line.</summary>
internal static class TrainableSets
{
    /// <summary>What is best at small epsilon, as far as it was tried (docs/study.md).</summary>
    public const TrainableSet Advised = TrainableSet.Lora;

    /// <summary>The option that chooses one.</summary>
    public static Option<TrainableSet?> Option(string description) => TypedOption.Choice("--trainable", description, [.. Enum.GetValues<TrainableSet>().Select(set => (Name(set), set))]);

    /// <summary>A set's name.</summary>
    public static string Name(TrainableSet set) => set.ToString().ToLowerInvariant();
}

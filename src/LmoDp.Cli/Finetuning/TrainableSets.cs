using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Models.Adapters;

namespace LmoDp.Cli.Finetuning;

/// <summary>The sets of parameters to train, by their names on the command line.</summary>
internal static class TrainableSets
{
    /// <summary>What is trained where the user says nothing: few numbers, and the only set that learned every task it was tried on at small epsilon (docs/study.md).</summary>
    public const TrainableSet Default = TrainableSet.Lora;

    /// <summary>The option that chooses one.</summary>
    public static Option<TrainableSet?> Option(string description)
        => TypedOption.Choice("--trainable", $"{description} [default: {Name(Default)}]", [.. Enum.GetValues<TrainableSet>().Select(set => (Name(set), set))]);

    /// <summary>A set's name.</summary>
    public static string Name(TrainableSet set) => set.ToString().ToLowerInvariant();
}

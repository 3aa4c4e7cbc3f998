using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Decoders;

namespace LmoDp.Cli.Finetuning;

/// <summary>The sets of parameters to train, by their names on the command line.</summary>
internal static class TrainableSets
{
    /// <summary>What is trained where the user says nothing, for the option's help.</summary>
    public const string SaidDefault = "[default: bias; lora where the model has no biases, as Llama]";

    /// <summary>The option that chooses one.</summary>
    public static Option<TrainableSet?> Option(string description) => TypedOption.Choice("--trainable", description, [.. Enum.GetValues<TrainableSet>().Select(set => (Name(set), set))]);

    /// <summary>A set's name.</summary>
    public static string Name(TrainableSet set) => set.ToString().ToLowerInvariant();

    /// <summary>What is trained where the user says nothing: at small epsilon as good as any set that was tried, and the smallest change to a model (docs/study.md).</summary>
    /// <param name="model">The model's folder; null for the embedded one.</param>
    public static TrainableSet Default(string? model) =>
        model is not null && ClassifierCheckpoint.IsDecoder(model) && !DecoderCheckpoint.ReadConfig(model).HasBiases ? TrainableSet.Lora : TrainableSet.Bias;
}

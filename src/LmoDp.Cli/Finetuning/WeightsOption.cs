using System.CommandLine;
using LmoDp.Cli.Input;
using LmoDp.Models.Layers;

namespace LmoDp.Cli.Finetuning;

/// <summary>The option that says where a model's weights lie while it runs.</summary>
internal static class WeightsOption
{
    /// <summary>Makes it.</summary>
    /// <param name="note">What the choice means for the verb.</param>
    public static Option<WeightStorage?> Create(string note = "") => TypedOption.Choice("--weights",
        $"loaded: in memory, float32; mapped: left in their files, for a Llama that does not fit into memory{note} [default: loaded]",
        ("loaded", WeightStorage.Memory), ("mapped", WeightStorage.Mapped));

    /// <summary>What was chosen.</summary>
    public static WeightStorage Storage(this ParseResult input, Option<WeightStorage?> option) => input.GetValue(option) ?? WeightStorage.Memory;
}

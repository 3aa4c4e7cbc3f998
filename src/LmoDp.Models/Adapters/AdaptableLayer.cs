using LmoDp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Adapters;

/// <summary>A linear layer that low-rank adapters can be attached to, whichever way its weight lies.</summary>
/// <param name="Module">The layer.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="InputFirst">Whether the weight is <c>[in, out]</c>; else it is <c>[out, in]</c>.</param>
internal sealed record AdaptableLayer(nn.Module<Tensor, Tensor> Module, Parameter Weight, bool InputFirst)
{
    /// <summary>Width of the input.</summary>
    public long InputSize => Weight.shape[InputFirst ? 0 : 1];

    /// <summary>Width of the output.</summary>
    public long OutputSize => Weight.shape[InputFirst ? 1 : 0];

    /// <summary>The layer for a module, or null if it is not linear.</summary>
    public static AdaptableLayer? For(nn.Module module) => module switch
    {
        Linear linear => new(linear, linear.weight!, InputFirst: false),
        Conv1D linear => new(linear, linear.Weight, InputFirst: true),
        WideningLinear linear => new(linear, linear.Weight, InputFirst: false),
        _ => null,
    };
}

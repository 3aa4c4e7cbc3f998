using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Layers;

/// <summary>Activation functions by their config.json name.</summary>
public static class Activations
{
    /// <summary>The names that are known, for messages.</summary>
    internal const string Names = "gelu, gelu_new, relu, silu";

    /// <summary>Whether there is a function of that name.</summary>
    internal static bool Knows(string name) => Find(name) is not null;

    /// <summary>
    /// <c>gelu</c> is the exact (erf) form, <c>gelu_new</c> the tanh approximation (Hendrycks and Gimpel 2016), <c>silu</c> x times its logistic function.
    /// </summary>
    /// <exception cref="BadInputException">There is no such function.</exception>
    public static Func<Tensor, Tensor> Named(string name) => Find(name) ?? throw new BadInputException($"hidden_act '{name}' is not known: {Names}");

    private static Func<Tensor, Tensor>? Find(string name) => name switch
    {
        "gelu" => x => nn.functional.gelu(x),
        "gelu_new" => x => x.gelu(GELU.Approximate.tanh),
        "relu" => x => nn.functional.relu(x),
        "silu" => x => nn.functional.silu(x),
        _ => null,
    };
}

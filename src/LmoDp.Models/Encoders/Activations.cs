using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>Activation functions by their config.json name.</summary>
public static class Activations
{
    /// <summary><c>gelu</c> is the exact (erf) form, <c>gelu_new</c> the tanh approximation (Hendrycks and Gimpel 2016).</summary>
    public static Func<Tensor, Tensor> Named(string name) => name switch
    {
        "gelu" => x => nn.functional.gelu(x),
        "gelu_new" => x => 0.5 * x * (1 + (Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x.pow(3))).tanh()),
        "relu" => x => nn.functional.relu(x),
        _ => throw new BadInputException($"hidden_act '{name}' is not known: use gelu, gelu_new or relu"),
    };
}

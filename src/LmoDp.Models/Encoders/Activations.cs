using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>Activation functions by their config.json name.</summary>
public static class Activations
{
    /// <summary><c>gelu</c> is the exact (erf) form, <c>gelu_new</c> the tanh approximation (Hendrycks and Gimpel 2016).</summary>
    public static Func<Tensor, Tensor> Named(string name) => name switch
    {
        "gelu" => x => nn.functional.gelu(x),
        "gelu_new" => x => x.mul(x).mul(x).Times(0.044715).Plus(x).Times(Math.Sqrt(2 / Math.PI)).tanh().Plus(1).mul(x).Times(0.5),
        "relu" => x => nn.functional.relu(x),
        _ => throw new BadInputException($"hidden_act '{name}' is not known: use gelu, gelu_new or relu"),
    };
}

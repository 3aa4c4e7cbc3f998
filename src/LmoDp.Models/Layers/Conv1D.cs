using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Layers;

/// <summary>GPT-2's linear layer, x W + b: its weight lies the other way round than <see cref="Linear"/>'s, <c>[in, out]</c>. The name is Hugging Face's; nothing is convolved.</summary>
public sealed class Conv1D : nn.Module<Tensor, Tensor>
{
    // Named as they are registered: that is how TorchSharp finds them when a module changes its element type or device.
    private readonly Parameter weight, bias;

    /// <param name="inputSize">Width of the input.</param>
    /// <param name="outputSize">Width of the output.</param>
    public Conv1D(long inputSize, long outputSize) : base(nameof(Conv1D))
    {
        var values = empty(inputSize, outputSize);
        values.normal_(0, 0.02);
        weight = nn.Parameter(values);
        bias = nn.Parameter(zeros(outputSize));
        RegisterComponents();
    }

    /// <summary>W, <c>[in, out]</c>.</summary>
    public Parameter Weight => weight;

    /// <summary>b, <c>[out]</c>.</summary>
    public Parameter Bias => bias;

    /// <summary><c>[..., in]</c> to <c>[..., out]</c>.</summary>
    public override Tensor forward(Tensor x) => nn.functional.linear(x, weight.t(), bias);
}

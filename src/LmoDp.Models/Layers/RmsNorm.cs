using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Layers;

/// <summary>x / sqrt(mean(x^2) + eps) times a gain (Zhang and Sennrich 2019): Llama's norm.</summary>
public sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight; // named as it is registered: see Conv1D
    private readonly Scalar epsilon;

    /// <param name="size">Width of the rows.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public RmsNorm(long size, double epsilon) : base(nameof(RmsNorm))
    {
        this.epsilon = epsilon;
        weight = nn.Parameter(ones(size));
        RegisterComponents();
    }

    /// <summary>The gain, <c>[size]</c>.</summary>
    public Parameter Weight => weight;

    /// <summary><c>[..., size]</c> to the same shape.</summary>
    public override Tensor forward(Tensor x) => Normalize(x).mul(weight);

    /// <summary>The rows before the gain.</summary>
    public Tensor Normalize(Tensor x) => x.mul(x.mul(x).mean([-1L], keepdim: true).Plus(epsilon).rsqrt());
}

using LmoDp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>One post-norm transformer layer: attention, then a feed-forward block, each with a residual connection and a layer norm after it.</summary>
public sealed class EncoderLayer : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly SelfAttention self;
    private readonly ResidualProjection attentionOutput, output;
    private readonly nn.Module<Tensor, Tensor> intermediate;
    private readonly Func<Tensor, Tensor> activation;

    /// <summary>A layer of the configured sizes, parameters named as in Hugging Face checkpoints.</summary>
    public EncoderLayer(EncoderConfig config) : base(nameof(EncoderLayer))
    {
        self = new SelfAttention(config);
        attentionOutput = new ResidualProjection(config.HiddenSize, config);
        intermediate = nn.Linear(config.HiddenSize, config.IntermediateSize);
        output = new ResidualProjection(config.IntermediateSize, config);
        activation = Activations.Named(config.HiddenAct);
        register_module("attention", new ModuleGroup(("self", self), ("output", attentionOutput)));
        register_module("intermediate", new ModuleGroup(("dense", intermediate)));
        register_module("output", output);
    }

    /// <summary><c>[batch, tokens, hidden]</c> to the same shape; the attention bias as in <see cref="SelfAttention"/>.</summary>
    public override Tensor forward(Tensor hidden, Tensor? attentionBias)
    {
        var attended = attentionOutput.call(self.call(hidden, attentionBias), hidden);
        return output.call(activation(intermediate.call(attended)), attended);
    }
}

/// <summary>LayerNorm(dense(x) + residual): the end of both blocks of an encoder layer.</summary>
public sealed class ResidualProjection : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> dense;
    private readonly LayerNorm layerNorm;

    internal ResidualProjection(long inputSize, EncoderConfig config) : base(nameof(ResidualProjection))
    {
        register_module("dense", dense = nn.Linear(inputSize, config.HiddenSize));
        register_module("LayerNorm", layerNorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEps));
    }

    /// <summary><c>[batch, tokens, input]</c> and the residual <c>[batch, tokens, hidden]</c> to <c>[batch, tokens, hidden]</c>.</summary>
    public override Tensor forward(Tensor x, Tensor residual) => layerNorm.call(dense.call(x).Plus(residual));
}

using LmoDp.Models.Layers;
using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>The body of Llama (Touvron et al. 2023), parameters named as in Hugging Face's <c>LlamaModel</c>: rotary positions, RMS norms, gated feed-forward blocks, no biases.</summary>
public sealed class LlamaDecoder : Decoder
{
    private readonly DecoderLayer[] layers;

    /// <summary>A body with freshly drawn parameters.</summary>
    internal LlamaDecoder(DecoderConfig config, LinearFactory linear) : base(config, nameof(LlamaDecoder))
    {
        layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new DecoderLayer(
            ("input_layernorm", Norm()), ("self_attn", new LlamaAttention(config, i, linear)), ("post_attention_layernorm", Norm()), ("mlp", new LlamaFeedForward(config, linear))))];
        LastNorm = Norm();
        register_module("embed_tokens", WordEmbeddings);
        register_module("layers", nn.ModuleList(layers));
        register_module("norm", LastNorm);

        nn.Module<Tensor, Tensor> Norm() => new RmsNorm(config.HiddenSize, config.NormEps);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<DecoderLayer> Layers => layers;

    private protected override nn.Module<Tensor, Tensor> LastNorm { get; }

    private protected override Tensor Embed(Tensor ids, Tensor positions) => WordEmbeddings.call(ids);

    private protected override RotaryEmbedding Rotation(Tensor positions, ScalarType type) => new(Config.HeadSize, Config.RopeTheta, positions, type);
}

/// <summary>Llama's attention; a key-value head may serve several query heads (Ainslie et al. 2023).</summary>
internal sealed class LlamaAttention : nn.Module<Tensor, AttentionPass, Tensor>
{
    private readonly CausalAttention attention;
    private readonly nn.Module<Tensor, Tensor> query, key, value, output;

    public LlamaAttention(DecoderConfig config, int layer, LinearFactory linear) : base(nameof(LlamaAttention))
    {
        attention = new CausalAttention(layer, config.HeadSize);
        var narrow = config.KeyValueHeads * config.HeadSize;
        register_module("q_proj", query = linear.Create(config.HiddenSize, config.HiddenSize));
        register_module("k_proj", key = linear.Create(config.HiddenSize, narrow));
        register_module("v_proj", value = linear.Create(config.HiddenSize, narrow));
        register_module("o_proj", output = linear.Create(config.HiddenSize, config.HiddenSize));
    }

    /// <summary><c>[batch, tokens, hidden]</c> to the same shape.</summary>
    public override Tensor forward(Tensor hidden, AttentionPass pass) => output.call(attention.Attend(query.call(hidden), key.call(hidden), value.call(hidden), pass));
}

/// <summary>A gated feed-forward block, down(act(gate(x)) * up(x)) (Shazeer 2020, "GLU variants improve transformer": SwiGLU for SiLU).</summary>
internal sealed class LlamaFeedForward : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> gate, up, down;
    private readonly Func<Tensor, Tensor> activation;

    public LlamaFeedForward(DecoderConfig config, LinearFactory linear) : base(nameof(LlamaFeedForward))
    {
        activation = Activations.Named(config.Activation);
        register_module("gate_proj", gate = linear.Create(config.HiddenSize, config.IntermediateSize));
        register_module("up_proj", up = linear.Create(config.HiddenSize, config.IntermediateSize));
        register_module("down_proj", down = linear.Create(config.IntermediateSize, config.HiddenSize));
    }

    /// <summary><c>[batch, tokens, hidden]</c> to the same shape.</summary>
    public override Tensor forward(Tensor hidden) => down.call(activation(gate.call(hidden)).mul(up.call(hidden)));
}

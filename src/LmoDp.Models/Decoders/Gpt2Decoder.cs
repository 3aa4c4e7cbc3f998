using LmoDp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>The body of GPT-2 (Radford et al. 2019), parameters named as in Hugging Face's <c>GPT2Model</c>: tables of words and positions, layer norms.</summary>
public sealed class Gpt2Decoder : Decoder
{
    private readonly Embedding positionEmbeddings;
    private readonly DecoderLayer[] layers;

    /// <summary>A body with freshly drawn parameters.</summary>
    public Gpt2Decoder(DecoderConfig config) : base(config, nameof(Gpt2Decoder))
    {
        positionEmbeddings = nn.Embedding(config.MaxPositionEmbeddings, config.HiddenSize);
        layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => new DecoderLayer(
            ("ln_1", Norm()), ("attn", new Gpt2Attention(config, i)), ("ln_2", Norm()), ("mlp", new Gpt2FeedForward(config))))];
        LastNorm = Norm();
        register_module("wte", WordEmbeddings);
        register_module("wpe", positionEmbeddings);
        register_module("h", nn.ModuleList(layers));
        register_module("ln_f", LastNorm);

        nn.Module<Tensor, Tensor> Norm() => nn.LayerNorm(config.HiddenSize, config.NormEps);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<DecoderLayer> Layers => layers;

    private protected override nn.Module<Tensor, Tensor> LastNorm { get; }

    private protected override Tensor Embed(Tensor ids, Tensor positions) => WordEmbeddings.call(ids).Plus(positionEmbeddings.call(positions));
}

/// <summary>GPT-2's attention: one projection to query, key and value side by side.</summary>
internal sealed class Gpt2Attention : nn.Module<Tensor, AttentionPass, Tensor>
{
    private readonly CausalAttention attention;
    private readonly Conv1D joint, output;

    public Gpt2Attention(DecoderConfig config, int layer) : base(nameof(Gpt2Attention))
    {
        attention = new CausalAttention(layer, config.HeadSize);
        register_module("c_attn", joint = new Conv1D(config.HiddenSize, 3 * config.HiddenSize));
        register_module("c_proj", output = new Conv1D(config.HiddenSize, config.HiddenSize));
    }

    /// <summary><c>[batch, tokens, hidden]</c> to the same shape.</summary>
    public override Tensor forward(Tensor hidden, AttentionPass pass)
    {
        var parts = joint.call(hidden).chunk(3, -1);
        return output.call(attention.Attend(parts[0], parts[1], parts[2], pass));
    }
}

/// <summary>GPT-2's feed-forward block.</summary>
internal sealed class Gpt2FeedForward : nn.Module<Tensor, Tensor>
{
    private readonly Conv1D inner, output;
    private readonly Func<Tensor, Tensor> activation;

    public Gpt2FeedForward(DecoderConfig config) : base(nameof(Gpt2FeedForward))
    {
        activation = Activations.Named(config.Activation);
        register_module("c_fc", inner = new Conv1D(config.HiddenSize, config.IntermediateSize));
        register_module("c_proj", output = new Conv1D(config.IntermediateSize, config.HiddenSize));
    }

    /// <summary><c>[batch, tokens, hidden]</c> to the same shape.</summary>
    public override Tensor forward(Tensor hidden) => output.call(activation(inner.call(hidden)));
}

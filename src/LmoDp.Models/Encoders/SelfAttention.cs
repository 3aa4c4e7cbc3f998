using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>Multi-head scaled dot-product self-attention (Vaswani et al. 2017, section 3.2), without its output projection.</summary>
public sealed class SelfAttention : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly long heads;
    private readonly nn.Module<Tensor, Tensor> query, key, value;

    /// <summary>Attention of the configured sizes.</summary>
    public SelfAttention(EncoderConfig config) : base(nameof(SelfAttention))
    {
        heads = config.NumAttentionHeads;
        register_module("query", query = nn.Linear(config.HiddenSize, config.HiddenSize));
        register_module("key", key = nn.Linear(config.HiddenSize, config.HiddenSize));
        register_module("value", value = nn.Linear(config.HiddenSize, config.HiddenSize));
    }

    /// <param name="hidden"><c>[batch, tokens, hidden]</c>.</param>
    /// <param name="bias">Added to the scores, <c>[batch, 1, 1, tokens]</c>: 0 at real tokens, the lowest finite number at padding.</param>
    /// <returns><c>[batch, tokens, hidden]</c>.</returns>
    public override Tensor forward(Tensor hidden, Tensor? bias)
    {
        var q = Split(query.call(hidden));
        var k = Split(key.call(hidden));
        var v = Split(value.call(hidden));
        var scores = q.matmul(k.transpose(-2, -1)).Times(1 / Math.Sqrt(q.shape[3]));
        if (bias is not null)
            scores = scores.Plus(bias);
        return scores.softmax(-1).matmul(v).transpose(1, 2).reshape(hidden.shape);
    }

    private Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], heads, x.shape[2] / heads).transpose(1, 2);
}

using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>One pre-norm transformer layer: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
public sealed class DecoderLayer : nn.Module
{
    private readonly nn.Module<Tensor, Tensor> attentionNorm, forwardNorm, feedForward;
    private readonly nn.Module<Tensor, AttentionPass, Tensor> attention;

    /// <param name="attentionNorm">The norm before attention, with its name in checkpoints.</param>
    /// <param name="attention">Attention, projections included.</param>
    /// <param name="forwardNorm">The norm before the feed-forward block.</param>
    /// <param name="feedForward">That block.</param>
    internal DecoderLayer(
        (string Name, nn.Module<Tensor, Tensor> Module) attentionNorm, (string Name, nn.Module<Tensor, AttentionPass, Tensor> Module) attention,
        (string Name, nn.Module<Tensor, Tensor> Module) forwardNorm, (string Name, nn.Module<Tensor, Tensor> Module) feedForward) : base(nameof(DecoderLayer))
    {
        register_module(attentionNorm.Name, this.attentionNorm = attentionNorm.Module);
        register_module(attention.Name, this.attention = attention.Module);
        register_module(forwardNorm.Name, this.forwardNorm = forwardNorm.Module);
        register_module(feedForward.Name, this.feedForward = feedForward.Module);
    }

    /// <summary><c>[batch, tokens, hidden]</c> to the same shape.</summary>
    internal Tensor Run(Tensor hidden, AttentionPass pass)
    {
        var attended = attention.call(attentionNorm.call(hidden), pass).Plus(hidden);
        return feedForward.call(forwardNorm.call(attended)).Plus(attended);
    }
}

using LmoDp.Models.Layers;
using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>
/// The body of BERT (Devlin et al. 2019) and RoBERTa (Liu et al. 2019): embeddings and a stack of post-norm layers. Dropout is never applied: runs must be
/// repeatable bit for bit, and noise regularises enough.
/// </summary>
public sealed class Encoder : nn.Module<TokenBatch, Tensor>
{
    private readonly EncoderLayer[] layers;

    /// <summary>The input embeddings.</summary>
    public EncoderEmbeddings Embeddings { get; }

    /// <summary>BERT's tanh layer on the first token, <c>pooler.dense</c>; null elsewhere.</summary>
    public nn.Module<Tensor, Tensor>? PoolerDense { get; }

    /// <summary>The transformer layers, first to last.</summary>
    public IReadOnlyList<EncoderLayer> Layers => layers;

    /// <param name="config">Sizes.</param>
    /// <param name="pooler">Whether to have BERT's pooler (its sequence classifier does).</param>
    public Encoder(EncoderConfig config, bool pooler = false) : base(nameof(Encoder))
    {
        Embeddings = new EncoderEmbeddings(config);
        layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(_ => new EncoderLayer(config))];
        register_module("embeddings", Embeddings);
        register_module("encoder", new ModuleGroup(("layer", nn.ModuleList(layers))));
        if (pooler)
        {
            PoolerDense = nn.Linear(config.HiddenSize, config.HiddenSize);
            register_module("pooler", new ModuleGroup(("dense", PoolerDense)));
        }
    }

    /// <summary>The last hidden state, <c>[batch, tokens, hidden]</c>.</summary>
    public override Tensor forward(TokenBatch batch) => HiddenStates(batch).Last();

    /// <summary>The embeddings, then the output of each layer: <c>layers + 1</c> tensors <c>[batch, tokens, hidden]</c>, made as they are asked for.</summary>
    public IEnumerable<Tensor> HiddenStates(TokenBatch batch)
    {
        var hidden = Embeddings.call(batch);
        yield return hidden;
        var bias = AttentionBias(batch.AttentionMask, hidden.dtype);
        foreach (var layer in layers)
            yield return hidden = Run(layer, hidden, bias);
    }

    // A method of its own: a scope that is open while the caller of an iterator goes on would take the caller's tensors.
    private static Tensor Run(EncoderLayer layer, Tensor hidden, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        return layer.call(hidden, bias).MoveToOuterDisposeScope();
    }

    private static Tensor? AttentionBias(Tensor? mask, ScalarType type)
    {
        if (mask is null)
            return null;
        var lowest = type == ScalarType.Float64 ? double.MinValue : float.MinValue;
        return mask.to(type).Times(-lowest).Plus(lowest).unsqueeze(1).unsqueeze(1);
    }
}

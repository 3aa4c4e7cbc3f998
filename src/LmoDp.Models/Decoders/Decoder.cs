using LmoDp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>
/// The body of a decoder: embeddings, a stack of pre-norm layers, and a last norm. Every token sees itself and former tokens. Dropout is never applied: runs must be
/// repeatable bit for bit, and noise regularises enough.
/// </summary>
/// <remarks>Positions count real tokens from 0, so that padding, on whichever side, changes nothing at them.</remarks>
public abstract class Decoder : nn.Module<TokenBatch, Tensor>
{
    private protected Decoder(DecoderConfig config, string name) : base(name)
    {
        Config = config;
        WordEmbeddings = nn.Embedding(config.VocabSize, config.HiddenSize);
    }

    /// <summary>The sizes.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The word table, <c>[vocabulary, hidden]</c>; a tied head shares its weight.</summary>
    public Embedding WordEmbeddings { get; }

    /// <summary>The transformer layers, first to last.</summary>
    public abstract IReadOnlyList<DecoderLayer> Layers { get; }

    /// <summary>A body with freshly drawn parameters.</summary>
    /// <param name="config">The sizes.</param>
    /// <param name="linear">Makes Llama's linear layers.</param>
    internal static Decoder Create(DecoderConfig config, LinearFactory linear) => config.IsGpt2 ? new Gpt2Decoder(config) : new LlamaDecoder(config, linear);

    /// <summary>The last hidden state, after the last norm, <c>[batch, tokens, hidden]</c>.</summary>
    public sealed override Tensor forward(TokenBatch batch) => HiddenStates(batch).Last();

    /// <summary>The embeddings, then the output of each layer, the last one after the last norm: <c>layers + 1</c> tensors <c>[batch, tokens, hidden]</c>, made as they are asked for.</summary>
    /// <param name="batch">The tokens; with a cache, those that it does not hold yet.</param>
    /// <param name="cache">Keys and values of former tokens, to which these are added; null to read a text from its start.</param>
    /// <exception cref="BadInputException">The texts are longer than the model reads.</exception>
    public IEnumerable<Tensor> HiddenStates(TokenBatch batch, KeyValueCache? cache = null)
    {
        cache?.Extend(batch);
        var (tokens, all) = (batch.InputIds.shape[1], cache?.Tokens ?? batch.InputIds.shape[1]);
        if (all > Config.MaxTokens)
            throw new BadInputException(FormattableString.Invariant($"a text of {all} tokens is longer than the model reads: at most {Config.MaxTokens}"));
        var mask = cache is null ? batch.AttentionMask : cache.Mask;
        var positions = Positions(tokens, all, mask, batch.InputIds.device);
        var hidden = Embed(batch.InputIds, positions);
        yield return hidden;
        var bias = CausalAttention.Bias(tokens, all, mask, hidden.dtype, hidden.device);
        var pass = new AttentionPass(bias, Rotation(positions, hidden.dtype), cache);
        foreach (var layer in Layers)
            yield return hidden = Run(layer, hidden, pass);
    }

    /// <summary>The norm after the last layer.</summary>
    private protected abstract nn.Module<Tensor, Tensor> LastNorm { get; }

    /// <summary>The input of the first layer, <c>[batch, tokens, hidden]</c>.</summary>
    private protected abstract Tensor Embed(Tensor ids, Tensor positions);

    /// <summary>What turns queries and keys; null for a model with a table of positions.</summary>
    private protected virtual RotaryEmbedding? Rotation(Tensor positions, ScalarType type) => null;

    // A method of its own: a scope that is open while the caller of an iterator goes on would take the caller's tensors.
    private Tensor Run(DecoderLayer layer, Tensor hidden, AttentionPass pass)
    {
        using var scope = NewDisposeScope();
        var output = layer.Run(hidden, pass);
        return (layer == Layers[^1] ? LastNorm.call(output) : output).MoveToOuterDisposeScope();
    }

    /// <summary>Real tokens before each of the new ones: int64, <c>[batch, tokens]</c>, or <c>[1, tokens]</c> where there is no padding.</summary>
    private static Tensor Positions(long tokens, long all, Tensor? mask, Device device) => mask is null
        ? KeptNumbers.Range(all - tokens, all, device).unsqueeze(0)
        : mask.cumsum(1).Plus(mask.neg()).narrow(1, all - tokens, tokens);
}

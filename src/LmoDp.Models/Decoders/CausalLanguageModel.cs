using LmoDp.Models.Layers;
using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>
/// A decoder that predicts each next token, parameters named as in Hugging Face's <c>GPT2LMHeadModel</c> and <c>LlamaForCausalLM</c>. The head is the word table itself
/// where config.json ties them, else <c>lm_head</c>.
/// </summary>
public sealed class CausalLanguageModel : nn.Module<TokenBatch, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> head;

    /// <summary>The sizes.</summary>
    public DecoderConfig Config { get; }

    /// <summary>The body.</summary>
    public Decoder Body { get; }

    /// <summary>A model with freshly drawn parameters; weights that are to be mapped are not there yet.</summary>
    public CausalLanguageModel(DecoderConfig config, WeightStorage storage = WeightStorage.Memory) : base(nameof(CausalLanguageModel))
    {
        Config = config;
        var linear = new LinearFactory(storage);
        Body = Decoder.Create(config, linear);
        head = config.TieWordEmbeddings ? new TiedDecoder(Body.WordEmbeddings, null) : linear.Create(config.HiddenSize, config.VocabSize);
        register_module(config.BodyName, Body);
        register_module("lm_head", head);
    }

    /// <summary>Logits over the vocabulary at every position, <c>[batch, tokens, vocabulary]</c>: those at position t are for the token at t + 1.</summary>
    public override Tensor forward(TokenBatch batch) => Predict(Body.call(batch));

    /// <summary>As in <see cref="Decoder.HiddenStates"/>.</summary>
    public IEnumerable<Tensor> HiddenStates(TokenBatch batch) => Body.HiddenStates(batch);

    /// <summary>The head alone, on hidden states after the last norm: <c>[batch, ..., hidden]</c> to <c>[batch, ..., vocabulary]</c>.</summary>
    public Tensor Predict(Tensor hidden) => head.call(hidden);

    /// <summary>Logits where they are needed: in training the head costs most, so it had better not run where nothing is to be predicted.</summary>
    /// <param name="batch">The tokens.</param>
    /// <param name="positions">int64, <c>[batch, places]</c>; examples with fewer places repeat one, and leave it out of their loss.</param>
    /// <returns><c>[batch, places, vocabulary]</c>.</returns>
    public Tensor LogitsAt(TokenBatch batch, Tensor positions)
    {
        var hidden = Body.call(batch);
        return Predict(hidden.gather(1, positions.unsqueeze(2).expand(-1, -1, hidden.shape[2])));
    }

    /// <summary>Reads further tokens and predicts what follows the last of them. No gradients are recorded.</summary>
    /// <param name="added">Tokens that the cache does not hold yet: a prompt padded on the left, then one column for each new token.</param>
    /// <param name="cache">Takes the tokens in; one cache serves one batch from its first token on.</param>
    /// <returns><c>[batch, vocabulary]</c>.</returns>
    /// <exception cref="BadInputException">The texts are longer than the model reads.</exception>
    public Tensor NextLogits(TokenBatch added, KeyValueCache cache)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Predict(Body.HiddenStates(added, cache).Last().select(1, -1)).MoveToOuterDisposeScope();
    }
}

using LmoDp.Models.Layers;
using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>
/// Sequence classification on the last real token's hidden state, which alone has seen the whole text; parameters named as in Hugging Face's
/// <c>LlamaForSequenceClassification</c> and <c>GPT2ForSequenceClassification</c> (<c>score</c>, without bias).
/// </summary>
public sealed class DecoderClassifier : TextClassifier
{
    private readonly nn.Module<Tensor, Tensor> score;

    /// <summary>The body.</summary>
    public Decoder Body { get; }

    /// <summary>A classifier with freshly drawn parameters; weights that are to be mapped are not there yet.</summary>
    public DecoderClassifier(DecoderConfig config, WeightStorage storage = WeightStorage.Memory) : base(config, nameof(DecoderClassifier))
    {
        Body = Decoder.Create(config, new LinearFactory(storage));
        score = nn.Linear(config.HiddenSize, config.NumLabels, hasBias: false);
        register_module(config.BodyName, Body);
        register_module("score", score);
    }

    /// <inheritdoc/>
    public override IEnumerable<Tensor> HiddenStates(TokenBatch batch) => Body.HiddenStates(batch);

    /// <inheritdoc/>
    /// <remarks>The last token that the mask calls real; without a mask, the one before the first padding id, and the last one where there is none.</remarks>
    public override Tensor Features(TokenBatch batch)
    {
        var hidden = Body.call(batch);
        var places = LastTokens(batch).view(-1, 1, 1).expand(-1, 1, hidden.shape[2]);
        return hidden.gather(1, places).squeeze(1);
    }

    /// <inheritdoc/>
    public override Tensor Classify(Tensor features) => score.call(features);

    private Tensor LastTokens(TokenBatch batch)
    {
        var (rows, tokens) = (batch.InputIds.shape[0], batch.InputIds.shape[1]);
        var places = KeptNumbers.Range(0, tokens, batch.InputIds.device);
        var real = batch.AttentionMask ?? (Body.Config.PadTokenId is { } pad ? batch.InputIds.Differs(pad).to(ScalarType.Int64).cumprod(1) : null);
        return real is null ? places.narrow(0, tokens - 1, 1).expand(rows) : real.mul(places).argmax(1);
    }
}

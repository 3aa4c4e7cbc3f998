using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>
/// Word, position and token-type embeddings, summed and layer-normalised (Devlin et al. 2019, section 3).
/// BERT counts positions from 0; RoBERTa counts real tokens from <c>pad_token_id + 1</c> and gives padding the padding position.
/// </summary>
public sealed class EncoderEmbeddings : nn.Module<TokenBatch, Tensor>
{
    private readonly long? positionPadId;
    private readonly Embedding positionEmbeddings;
    private readonly Embedding tokenTypeEmbeddings;
    private readonly LayerNorm layerNorm;

    /// <summary>The word table, <c>[vocabulary, hidden]</c>; the masked-LM head shares its weight.</summary>
    public Embedding WordEmbeddings { get; }

    /// <summary>Embeddings of the configured sizes.</summary>
    public EncoderEmbeddings(EncoderConfig config) : base(nameof(EncoderEmbeddings))
    {
        positionPadId = config.ModelType == "roberta" ? config.PadTokenId : null;
        WordEmbeddings = nn.Embedding(config.VocabSize, config.HiddenSize);
        positionEmbeddings = nn.Embedding(config.MaxPositionEmbeddings, config.HiddenSize);
        tokenTypeEmbeddings = nn.Embedding(config.TypeVocabSize, config.HiddenSize);
        layerNorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEps);
        register_module("word_embeddings", WordEmbeddings);
        register_module("position_embeddings", positionEmbeddings);
        register_module("token_type_embeddings", tokenTypeEmbeddings);
        register_module("LayerNorm", layerNorm);
    }

    /// <summary><c>[batch, tokens]</c> to <c>[batch, tokens, hidden]</c>.</summary>
    public override Tensor forward(TokenBatch batch)
    {
        var types = batch.TokenTypeIds ?? zeros_like(batch.InputIds);
        var sum = WordEmbeddings.call(batch.InputIds).Plus(tokenTypeEmbeddings.call(types)).Plus(positionEmbeddings.call(Positions(batch.InputIds)));
        return layerNorm.call(sum);
    }

    private Tensor Positions(Tensor ids)
    {
        if (positionPadId is not { } pad)
            return KeptNumbers.Range(0, ids.shape[1], ids.device).expand(ids.shape);
        var real = ids.Differs(pad).to(ScalarType.Int64);
        return real.cumsum(1).mul(real).Plus(pad);
    }
}

using LmoDp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>
/// An encoder with a masked-LM head whose output matrix is the word-embedding table, parameters named as in Hugging Face's <c>RobertaForMaskedLM</c>
/// (lm_head.*) and <c>BertForMaskedLM</c> (cls.predictions.*).
/// </summary>
public sealed class MaskedLanguageModel : nn.Module<TokenBatch, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> dense;
    private readonly LayerNorm layerNorm;
    private readonly Func<Tensor, Tensor> activation;

    /// <summary>The sizes.</summary>
    public EncoderConfig Config { get; }

    /// <summary>The body.</summary>
    public Encoder Encoder { get; }

    /// <summary>The output layer: its weight is the word-embedding table itself.</summary>
    public TiedDecoder Decoder { get; }

    /// <summary>A model with freshly drawn parameters.</summary>
    public MaskedLanguageModel(EncoderConfig config) : base(nameof(MaskedLanguageModel))
    {
        Config = config;
        Encoder = new Encoder(config);
        dense = nn.Linear(config.HiddenSize, config.HiddenSize);
        layerNorm = nn.LayerNorm(config.HiddenSize, config.LayerNormEps);
        activation = Activations.Named(config.ModelType == "roberta" ? "gelu" : config.HiddenAct);
        Decoder = new TiedDecoder(Encoder.Embeddings.WordEmbeddings, config.VocabSize);
        register_module(config.ModelType, Encoder);
        if (config.ModelType == "bert")
        {
            var transform = new ModuleGroup(("dense", dense), ("LayerNorm", layerNorm));
            register_module("cls", new ModuleGroup(("predictions", new TiedHead(Decoder, ("transform", transform)))));
        }
        else
        {
            register_module("lm_head", new TiedHead(Decoder, ("dense", dense), ("layer_norm", layerNorm)));
        }
    }

    /// <summary>Logits over the vocabulary at every position, <c>[batch, tokens, vocabulary]</c>.</summary>
    public override Tensor forward(TokenBatch batch) => Predict(Encoder.call(batch));

    /// <summary>The head alone, on hidden states of any leading shape: <c>[..., hidden]</c> to <c>[..., vocabulary]</c>.</summary>
    public Tensor Predict(Tensor hidden) => Decoder.call(Transform(hidden));

    /// <summary>The head's logits of some words only, <c>[..., hidden]</c> to <c>[..., words]</c>; not by way of the output layer's <c>call</c>, hence unseen by per-example clipping.</summary>
    internal Tensor PredictWords(Tensor hidden, Tensor words) => Decoder.OfWords(Transform(hidden), words);

    private Tensor Transform(Tensor hidden) => layerNorm.call(activation(dense.call(hidden)));
}

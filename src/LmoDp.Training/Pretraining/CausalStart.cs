using LmoDp.Models.Decoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;

namespace LmoDp.Training.Pretraining;

/// <summary>A GPT-2 or Llama with fresh weights; its vocabulary (byte-level, case kept) is learned from the text.</summary>
/// <param name="config">Sizes; the vocabulary's is the largest allowed.</param>
public sealed class FreshCausalModel(DecoderConfig config) : PretrainingStart<TextTokenizer, CausalLanguageModel>
{
    private static readonly string[] Specials = ["<|endoftext|>"];

    /// <inheritdoc/>
    public override string Describe() => config.ToJson();

    /// <inheritdoc/>
    public override void Check(int longestSpan) => config.Validate("pretrain");

    /// <inheritdoc/>
    public override TextTokenizer Tokenizer(string folder, Func<IEnumerable<string>> documents)
    {
        LearnVocabulary(folder, documents, config.VocabSize, Specials, lowerCase: false);
        return TextTokenizer.Load(folder);
    }

    /// <inheritdoc/>
    public override CausalLanguageModel Model(TextTokenizer tokenizer, long seed)
    {
        var model = new CausalLanguageModel(config with { VocabSize = tokenizer.VocabSize, BosTokenId = tokenizer.BosId, EosTokenId = tokenizer.EosId, PadTokenId = tokenizer.PadId });
        Initialization.Normal(model, config.InitializerRange, seed);
        return model;
    }
}

/// <summary>A causal language model that there is already, with its vocabulary; deeper if asked.</summary>
/// <param name="folder">A GPT-2 or Llama language model in the Hugging Face layout.</param>
/// <param name="layers">To grow to (<see cref="LayerStacking"/>), a multiple of the layers that it has; null leaves it as deep as it is.</param>
public sealed class GivenCausalModel(string folder, int? layers = null) : PretrainingStart<TextTokenizer, CausalLanguageModel>
{
    /// <inheritdoc/>
    public override string Describe() => Given(folder, layers);

    /// <inheritdoc/>
    public override void Check(int longestSpan) => CheckSizes(folder, DecoderCheckpoint.ReadConfig(folder), longestSpan, layers);

    /// <inheritdoc/>
    public override TextTokenizer Tokenizer(string runFolder, Func<IEnumerable<string>> documents) => TextTokenizer.Load(folder);

    /// <inheritdoc/>
    public override CausalLanguageModel Model(TextTokenizer tokenizer, long seed)
    {
        var model = DecoderCheckpoint.LoadLanguageModel(folder);
        return layers is null ? model : Grown(model, new CausalLanguageModel(model.Config with { NumHiddenLayers = layers.Value }), model.Config.NumHiddenLayers);
    }
}

using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>A RoBERTa with fresh weights; its vocabulary (lower case) is learned from the text.</summary>
/// <param name="config">Sizes; the vocabulary's is the largest allowed.</param>
public sealed class FreshMaskedModel(EncoderConfig config) : PretrainingStart<EncoderTokenizer, MaskedLanguageModel>
{
    private static readonly string[] Specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

    /// <inheritdoc/>
    public override string Describe() => config.ToJson();

    /// <inheritdoc/>
    public override void Check(int longestSpan) => config.Validate("pretrain");

    /// <inheritdoc/>
    public override EncoderTokenizer Tokenizer(string folder, Func<IEnumerable<string>> documents)
    {
        LearnVocabulary(folder, documents, config.VocabSize, Specials, lowerCase: true);
        return EncoderTokenizer.Load(folder);
    }

    /// <inheritdoc/>
    public override MaskedLanguageModel Model(EncoderTokenizer tokenizer, long seed)
    {
        var model = new MaskedLanguageModel(config with { VocabSize = tokenizer.VocabSize });
        Initialization.Normal(model, config.InitializerRange, seed);
        return model;
    }
}

/// <summary>A masked-LM that there is already, with its vocabulary; deeper if asked.</summary>
/// <param name="folder">A RoBERTa or BERT masked-LM in the Hugging Face layout.</param>
/// <param name="layers">To grow to (<see cref="LayerStacking"/>), a multiple of the layers that it has; null leaves it as deep as it is.</param>
public sealed class GivenMaskedModel(string folder, int? layers = null) : PretrainingStart<EncoderTokenizer, MaskedLanguageModel>
{
    /// <inheritdoc/>
    public override string Describe() => Given(folder, layers);

    /// <inheritdoc/>
    public override void Check(int longestSpan) => CheckSizes(folder, EncoderCheckpoint.ReadConfig(folder), longestSpan, layers);

    /// <inheritdoc/>
    public override EncoderTokenizer Tokenizer(string runFolder, Func<IEnumerable<string>> documents) => EncoderTokenizer.Load(folder);

    /// <inheritdoc/>
    public override MaskedLanguageModel Model(EncoderTokenizer tokenizer, long seed)
    {
        var model = EncoderCheckpoint.LoadMaskedLanguageModel(folder);
        return layers is null ? model : Grown(model, new MaskedLanguageModel(model.Config with { NumHiddenLayers = layers.Value }), model.Config.NumHiddenLayers);
    }

    /// <inheritdoc/>
    public override void FillHead(nn.Module head) => EncoderCheckpoint.LoadHead(folder, head);
}

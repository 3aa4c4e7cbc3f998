using LmoDp.Models.Decoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;

namespace LmoDp.Tests.Models.Decoders;

/// <summary>A GPT-2 of a few thousand random parameters with its tokenizer, as a folder.</summary>
internal static class TinyWriter
{
    public const int MaxTokens = 48;

    /// <summary>Writes the model into a new folder and returns its path.</summary>
    public static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        TinyTokenizers.WriteGpt2(folder);
        var tokenizer = TextTokenizer.Load(folder);
        var config = new DecoderConfig
        {
            ModelType = "gpt2",
            VocabSize = tokenizer.VocabSize,
            HiddenSize = 12,
            NumHiddenLayers = 2,
            NumAttentionHeads = 2,
            IntermediateSize = 24,
            MaxPositionEmbeddings = MaxTokens,
            Activation = "gelu_new",
            TieWordEmbeddings = true,
            BosTokenId = tokenizer.BosId,
            EosTokenId = tokenizer.EosId,
        };
        using var model = new CausalLanguageModel(config);
        Initialization.Normal(model, 0.3, seed: 1);
        DecoderCheckpoint.Save(folder, model, tokenizer);
        return folder;
    }
}

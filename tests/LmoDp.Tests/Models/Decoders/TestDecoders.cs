using LmoDp.Models;
using LmoDp.Models.Decoders;
using LmoDp.Tests.Training.Clipping;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Decoders;

/// <summary>Small random decoders of every kind that is supported.</summary>
internal static class TestDecoders
{
    public const int Vocabulary = 30;

    public static readonly string[] Kinds = ["gpt2", "gpt2-untied", "llama", "llama-grouped", "llama-tied"];

    public static DecoderConfig Config(string kind) => new()
    {
        ModelType = kind.Split('-')[0],
        VocabSize = Vocabulary,
        HiddenSize = 24,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        NumKeyValueHeads = kind == "llama-grouped" ? 2 : null,
        IntermediateSize = 20,
        MaxPositionEmbeddings = 16,
        Activation = kind.StartsWith("gpt2", StringComparison.Ordinal) ? "gelu_new" : "silu",
        TieWordEmbeddings = kind is "gpt2" or "llama-tied",
        EosTokenId = 2,
        PadTokenId = 0,
        Labels = ["a", "b", "c"],
    };

    public static CausalLanguageModel LanguageModel(string kind, ScalarType type = ScalarType.Float64) => TestModels.Randomised(new CausalLanguageModel(Config(kind)), type);

    public static DecoderClassifier Classifier(string kind, ScalarType type = ScalarType.Float64) => TestModels.Randomised(new DecoderClassifier(Config(kind)), type);

    /// <summary>Five examples of 4 to 11 tokens, padded on the right with 0.</summary>
    public static (TokenBatch Inputs, Tensor Labels) Batch() => TestModels.Batch("gpt2");
}

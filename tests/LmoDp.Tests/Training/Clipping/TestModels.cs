using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Encoders;
using TorchSharp;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Clipping;

/// <summary>Small random encoders and batches with padding and repeated tokens.</summary>
internal static class TestModels
{
    private const int Vocabulary = 30;

    /// <summary>The same numbers for every element type.</summary>
    public static SequenceClassifier Classifier(string type, ScalarType dtype) => Randomised(new SequenceClassifier(Config(type)), dtype);

    public static MaskedLanguageModel MaskedLm(string type, ScalarType dtype) => Randomised(new MaskedLanguageModel(Config(type)), dtype);

    /// <summary>Five examples of 4 to 11 tokens; some tokens come often.</summary>
    public static (TokenBatch Inputs, Tensor Labels) Batch(string type, int seed = 5)
    {
        int[] lengths = [11, 4, 7, 11, 5];
        var random = new Random(seed);
        var pad = type == "roberta" ? 1 : 0;
        var ids = full([lengths.Length, 11], pad, ScalarType.Int64);
        var mask = zeros([lengths.Length, 11], ScalarType.Int64);
        for (var i = 0; i < lengths.Length; i++)
        {
            for (var t = 0; t < lengths[i]; t++)
            {
                ids[i, t] = random.Next(3) == 0 ? 7 : random.Next(2, Vocabulary);
                mask[i, t] = 1;
            }
        }
        return (new TokenBatch(ids, mask, type == "bert" ? (ids % 2) : null), tensor(new long[] { 0, 1, 2, 1, 0 }));
    }

    /// <summary>The batch with ids before it that follow a vocabulary's.</summary>
    public static TokenBatch AfterPrompt(TokenBatch batch, int vocabulary, int length)
    {
        var rows = batch.InputIds.shape[0];
        return new TokenBatch(
            cat([arange(vocabulary, vocabulary + length, dtype: ScalarType.Int64).expand(rows, length), batch.InputIds], 1),
            batch.AttentionMask is { } mask ? cat([ones([rows, length], ScalarType.Int64), mask], 1) : null,
            batch.TokenTypeIds is { } types ? cat([zeros([rows, length], ScalarType.Int64), types], 1) : null);
    }

    public static TokenBatch Slice(TokenBatch batch, long start, long count)
        => new(batch.InputIds.narrow(0, start, count), batch.AttentionMask?.narrow(0, start, count), batch.TokenTypeIds?.narrow(0, start, count));

    public static T Randomised<T>(T model, ScalarType dtype, long seed = 3) where T : nn.Module
    {
        using var generator = new Generator((ulong)seed);
        using (no_grad())
        {
            foreach (var (name, parameter) in model.named_parameters())
            {
                parameter.normal_(0, 0.2, generator);
                if (parameter.dim() == 1 && name.EndsWith("weight", StringComparison.Ordinal))
                    parameter.add_(1);
            }
        }
        return model.to(dtype);
    }

    /// <summary>B is zero at first, which would leave A without gradients.</summary>
    public static void Randomise(LoraAdapters adapters)
    {
        using var generator = new Generator(11);
        using var noGrad = no_grad();
        foreach (var (_, parameter) in adapters.Parameters)
            parameter.copy_(normal(0, 0.3, parameter.shape, generator: generator)); // float32 numbers in every element type
    }

    private static EncoderConfig Config(string type) => new()
    {
        ModelType = type,
        VocabSize = Vocabulary,
        HiddenSize = 12,
        NumHiddenLayers = 2,
        NumAttentionHeads = 3,
        IntermediateSize = 20,
        MaxPositionEmbeddings = 16,
        PadTokenId = type == "roberta" ? 1 : 0,
        Labels = ["a", "b", "c"],
    };
}

using LmoDp.Models;
using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models;

public class EncoderTests
{
    private static EncoderConfig Config(string type) => new()
    {
        ModelType = type,
        VocabSize = 40,
        HiddenSize = 16,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        IntermediateSize = 24,
        MaxPositionEmbeddings = 14,
        TypeVocabSize = type == "bert" ? 2 : 1,
        PadTokenId = type == "bert" ? 0 : 1,
    };

    [Theory]
    [InlineData("bert", "bert.pooler.dense.weight", "classifier.weight")]
    [InlineData("roberta", "classifier.dense.weight", "classifier.out_proj.weight")]
    public void ClassifierHasHuggingFaceNames(string type, params string[] head)
    {
        using var model = new SequenceClassifier(Config(type));
        var names = model.named_parameters().Select(parameter => parameter.name).ToHashSet();
        string[] body =
        [
            $"{type}.embeddings.LayerNorm.bias", $"{type}.encoder.layer.1.attention.self.query.weight", $"{type}.encoder.layer.0.attention.output.LayerNorm.weight",
            $"{type}.encoder.layer.0.intermediate.dense.bias", $"{type}.encoder.layer.1.output.dense.weight",
        ];
        Assert.All(head.Concat(body), name => Assert.Contains(name, names));
        Assert.Equal(5 + 2 * 16 + 4, names.Count);
    }

    [Theory]
    [InlineData("bert", "cls.predictions.bias")]
    [InlineData("roberta", "lm_head.bias")]
    public void MaskedLanguageModelSharesItsWordTable(string type, string bias)
    {
        using var model = new MaskedLanguageModel(Config(type));
        var names = model.named_parameters().Select(parameter => parameter.name).ToList();
        Assert.Contains(bias, names);
        Assert.Single(names, name => name.Contains("word_embeddings", StringComparison.Ordinal));
        Assert.DoesNotContain(names, name => name.Contains("decoder", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void PaddingAndNeighboursDoNotChangeAnExample(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var config = Config(type);
        var model = new SequenceClassifier(config);
        Initialization.Normal(model, 0.3, 7);
        var ids = randint(2, 40, [3, 10], dtype: ScalarType.Int64, generator: new Generator(3));
        var mask = ones_like(ids);
        ids[0, TensorIndex.Slice(6)] = config.PadTokenId;
        mask[0, TensorIndex.Slice(6)] = 0;
        var together = model.call(new TokenBatch(ids, mask))[0];
        var alone = model.call(new TokenBatch(ids[TensorIndex.Slice(0, 1), TensorIndex.Slice(0, 6)]))[0];
        Assert.True((together - alone).abs().max().item<float>() < 1e-5f);
    }

    [Fact]
    public void InitialisationDependsOnTheSeedAlone()
    {
        using var a = new SequenceClassifier(Config("roberta"));
        using var b = new SequenceClassifier(Config("roberta"));
        Initialization.Normal(a, 0.02, 5);
        Initialization.Normal(b, 0.02, 5);
        Assert.All(a.parameters().Zip(b.parameters()), pair => Assert.True(pair.First.equal(pair.Second).all().item<bool>()));
        Initialization.Normal(b, 0.02, 6);
        Assert.False(a.parameters().First().equal(b.parameters().First()).all().item<bool>());
    }
}

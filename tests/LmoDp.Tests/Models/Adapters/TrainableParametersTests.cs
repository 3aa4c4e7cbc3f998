using LmoDp.Models.Adapters;
using LmoDp.Models.Encoders;
using LmoDp.Tests.Models.Decoders;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Adapters;

public class TrainableParametersTests
{
    [Theory]
    [InlineData("roberta", "classifier.dense.weight", "classifier.dense.bias", "classifier.out_proj.weight", "classifier.out_proj.bias")]
    [InlineData("bert", "bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias")]
    public void TheHeadIsTheTanhLayerAndTheOutputLayer(string type, params string[] head)
    {
        using var model = Model(type);
        Assert.Equal(head.Order(), TrainableParameters.Select(model, TrainableSet.Head).Select(entry => entry.Name).Order());
        Assert.Subset(TrainableParameters.Select(model, TrainableSet.Bias).Select(entry => entry.Name).ToHashSet(), head.ToHashSet());
        Assert.Equal(model.named_parameters().Count(), TrainableParameters.Select(model, TrainableSet.Full).Count);
    }

    [Fact]
    public void BiasesAreAllBiasesAndTheHead()
    {
        using var model = Model("bert");
        Assert.All(TrainableParameters.Select(model, TrainableSet.Bias), entry => Assert.True(entry.Name.EndsWith(".bias", StringComparison.Ordinal) || TrainableParameters.IsHead(entry.Name)));
        Assert.Contains(TrainableParameters.Select(model, TrainableSet.Bias), entry => entry.Name == "bert.encoder.layer.0.attention.self.query.bias");
    }

    [Fact]
    public void LoraNeedsAdapters()
    {
        using var model = Model("roberta");
        Assert.Throws<BadInputException>(() => TrainableParameters.Select(model, TrainableSet.Lora));
    }

    [Fact]
    public void TheHeadOfALanguageModelIsItsOwnOutputLayer()
    {
        using var untied = TestDecoders.LanguageModel("llama");
        Assert.Equal("lm_head.weight", Assert.Single(TrainableParameters.Select(untied, TrainableSet.Head)).Name);
        using var tied = TestDecoders.LanguageModel("gpt2");
        Assert.Contains("its output layer is the word table", Assert.Throws<BadInputException>(() => TrainableParameters.Select(tied, TrainableSet.Head)).Message, StringComparison.Ordinal);
        Assert.All(TrainableParameters.Select(tied, TrainableSet.Bias), entry => Assert.EndsWith(".bias", entry.Name, StringComparison.Ordinal));
    }

    /// <summary>A classifier's head alone would not be what was asked for.</summary>
    [Fact]
    public void AModelWithoutBiasesSaysWhatToTrainInstead()
    {
        using var writer = TestDecoders.LanguageModel("llama");
        using var classifier = TestDecoders.Classifier("llama");
        foreach (var model in new nn.Module[] { writer, classifier })
            Assert.Contains("choose --trainable lora", Assert.Throws<BadInputException>(() => TrainableParameters.Select(model, TrainableSet.Bias)).Message, StringComparison.Ordinal);
    }

    private static SequenceClassifier Model(string type) => new(new EncoderConfig
    {
        ModelType = type,
        VocabSize = 10,
        HiddenSize = 8,
        NumHiddenLayers = 1,
        NumAttentionHeads = 2,
        IntermediateSize = 16,
        MaxPositionEmbeddings = 32,
        TypeVocabSize = 2,
        LayerNormEps = 1e-12,
        PadTokenId = 1,
        Labels = ["no", "yes"],
    });
}

using LmoDp.Models.Adapters;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Adapters;

public sealed class LoraAdaptersTests
{
    [Fact]
    public void OutputsChangeOnlyOnceBDoesAndMergingKeepsThem()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestModels.Classifier("roberta", ScalarType.Float64);
        var (inputs, _) = TestModels.Batch("roberta");
        var names = model.named_parameters().Select(pair => pair.name).ToArray();
        var before = model.call(inputs);
        var adapters = LoraAdapters.Attach(model, new LoraConfig { Rank = 3, Alpha = 6 }, seed: 1);
        Assert.True(before.allclose(model.call(inputs), 0, 0));

        TestModels.Randomise(adapters);
        var adapted = model.call(inputs);
        Assert.False(before.allclose(adapted, 0, 1e-3));
        adapters.Merge();
        Assert.Equal(names, model.named_parameters().Select(pair => pair.name));
        Assert.True(adapted.allclose(model.call(inputs), 0, 1e-12));
    }

    [Theory]
    [InlineData("gpt2", 2 * 4, "transformer.h.0.attn.c_attn.lora_A.weight")]
    [InlineData("llama-grouped", 2 * 7, "model.layers.0.self_attn.q_proj.lora_A.weight")]
    public void DecodersAreAdaptedAndMergingKeepsTheirOutputs(string kind, int layers, string first)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.LanguageModel(kind);
        var (inputs, _) = TestDecoders.Batch();
        var (names, before) = (model.named_parameters().Select(pair => pair.name).ToArray(), model.call(inputs));
        var adapters = LoraAdapters.Attach(model, new LoraConfig { Rank = 3, TargetModules = null }, seed: 1);
        Assert.Equal((2 * layers, first), (adapters.Parameters.Count(), adapters.Parameters.First().Name));
        Assert.All(TrainableParameters.Select(model, TrainableSet.Lora), entry => Assert.True(LoraAdapters.IsAdapter(entry.Name)));
        Assert.True(before.allclose(model.call(inputs), 0, 0));

        TestModels.Randomise(adapters);
        var adapted = model.call(inputs);
        Assert.False(before.allclose(adapted, 0, 1e-3));
        adapters.Merge();
        Assert.Equal(names, model.named_parameters().Select(pair => pair.name));
        Assert.True(adapted.allclose(model.call(inputs), 0, 1e-12));
        Assert.Equal(kind == "gpt2" ? 2 : 4, LoraAdapters.Attach(model, new LoraConfig(), seed: 1).Parameters.Count() / 2); // c_attn; q_proj and v_proj
    }

    [Fact]
    public void TheChangeIsAlphaOverRTimesBA()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var layer = nn.Linear(5, 4);
        var x = ones(2, 5);
        var before = layer.call(x);
        var adapters = LoraAdapters.Attach(nn.Sequential(("query", layer)), new LoraConfig { Rank = 2, Alpha = 6 }, seed: 1);
        TestModels.Randomise(adapters);
        var (a, b) = (adapters.Parameters.First().Parameter, adapters.Parameters.Last().Parameter);
        Assert.Equal([2, 5], a.shape);
        Assert.Equal([4, 2], b.shape);
        Assert.True((before + 3 * x.matmul(a.t()).matmul(b.t())).allclose(layer.call(x), 0, 1e-5));
    }

    [Fact]
    public void NamesFollowTheLayersAndSeedsDecide()
    {
        using var scope = NewDisposeScope();
        var first = LoraAdapters.Attach(TestModels.Classifier("bert", ScalarType.Float32), new LoraConfig(), seed: 1).Parameters.ToArray();
        var same = LoraAdapters.Attach(TestModels.Classifier("bert", ScalarType.Float64), new LoraConfig(), seed: 1).Parameters.ToArray();
        var other = LoraAdapters.Attach(TestModels.Classifier("bert", ScalarType.Float32), new LoraConfig(), seed: 2).Parameters.ToArray();
        Assert.Equal(2 * 2 * 2, first.Length);
        Assert.Equal("bert.encoder.layer.0.attention.self.query.lora_A.weight", first[0].Name);
        Assert.Equal("base_model.model.bert.encoder.layer.0.attention.self.query.lora_A.weight", LoraAdapters.PeftName(first[0].Name));
        Assert.True(first[0].Parameter.to(ScalarType.Float64).allclose(same[0].Parameter, 0, 0));
        Assert.False(first[0].Parameter.allclose(other[0].Parameter));
        Assert.InRange(first[0].Parameter.abs().max().item<float>(), 0.5 / Math.Sqrt(12), 1 / Math.Sqrt(12));
    }

    [Fact]
    public void AllLinearLayersLeavesTheHeadOut()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Classifier("roberta", ScalarType.Float32);
        var adapters = LoraAdapters.Attach(model, new LoraConfig { TargetModules = null }, seed: 1);
        Assert.Equal(2 * 6 * 2, adapters.Parameters.Count());
        Assert.DoesNotContain(adapters.Parameters, pair => TrainableParameters.IsHead(pair.Name));
        Assert.Throws<BadInputException>(() => LoraAdapters.Attach(model, new LoraConfig { TargetModules = ["missing"] }, seed: 1));
        Assert.Throws<BadInputException>(() => LoraAdapters.Attach(model, new LoraConfig { Rank = 0 }, seed: 1));
    }

    [Fact]
    public void SetsAreChosenByName()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Classifier("roberta", ScalarType.Float32);
        Assert.Equal(["classifier.dense.weight", "classifier.dense.bias", "classifier.out_proj.weight", "classifier.out_proj.bias"], Names(TrainableSet.Head));
        Assert.Equal(model.named_parameters().Count(), Names(TrainableSet.Full).Length);
        Assert.All(Names(TrainableSet.Bias), name => Assert.True(name.EndsWith(".bias", StringComparison.Ordinal) || name.StartsWith("classifier.", StringComparison.Ordinal)));
        Assert.Contains("roberta.embeddings.LayerNorm.bias", Names(TrainableSet.Bias));
        Assert.Throws<BadInputException>(() => Names(TrainableSet.Lora));
        LoraAdapters.Attach(model, new LoraConfig(), seed: 1);
        Assert.Equal(8 + 4, Names(TrainableSet.Lora).Length);
        var predictions = TrainableParameters.Select(TestModels.MaskedLm("bert", ScalarType.Float32), TrainableSet.Head);
        Assert.NotEmpty(predictions);
        Assert.All(predictions, pair => Assert.StartsWith("cls.predictions.", pair.Name, StringComparison.Ordinal));
        Assert.Throws<BadInputException>(() => TrainableParameters.Select(TestDecoders.LanguageModel("gpt2"), TrainableSet.Head));

        string[] Names(TrainableSet set) => [.. TrainableParameters.Select(model, set).Select(pair => pair.Name)];
    }
}

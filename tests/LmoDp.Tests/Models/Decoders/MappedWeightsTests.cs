using LmoDp.Models.Adapters;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Decoders;
using LmoDp.Models.Layers;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Decoders;

/// <summary>A model whose weights stay in their files computes, and learns, what one in memory does.</summary>
public sealed class MappedWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("llama", ScalarType.BFloat16)]
    [InlineData("llama-grouped", ScalarType.Float16)]
    [InlineData("llama-tied", ScalarType.BFloat16)]
    [InlineData("llama", ScalarType.Float32)]
    public void LogitsAndClippedSumsOfAdaptersAreTheSame(string kind, ScalarType type)
    {
        using var scope = NewDisposeScope();
        Store(kind, type);
        var (mapped, memory) = (Adapted(WeightStorage.Mapped), Adapted(WeightStorage.Memory));
        Assert.Equal(memory.named_parameters().Select(item => (item.name, string.Join(' ', item.parameter.shape))).Order(), mapped.named_parameters().Select(item => (item.name, string.Join(' ', item.parameter.shape))).Order());
        Assert.Equal(type, mapped.get_parameter("model.layers.0.mlp.gate_proj.weight")!.dtype);
        var (inputs, _) = TestDecoders.Batch();
        using (no_grad())
            Assert.True(memory.call(inputs).allclose(mapped.call(inputs), 1e-5, 1e-5));

        var sums = new[] { memory, mapped }.Select(model =>
        {
            using var clipping = new PerExampleClipping(model, TrainableParameters.Select(model, TrainableSet.Lora), new FlatClipping(0.5));
            clipping.Accumulate(5, () => -model.call(inputs).log_softmax(-1).select(2, 7).mean([1L]));
            return clipping.Sums.ToDictionary(sum => sum.Name, sum => sum.Sum.clone());
        }).ToArray();
        Assert.Equal(2 * 2 * 7, sums[0].Count);
        Assert.All(sums[0], sum => Assert.True(sum.Value.abs().max().item<double>() > 0 && sum.Value.allclose(sums[1][sum.Key], 1e-4, 1e-6), sum.Key));
    }

    [Fact]
    public void MergingAdaptersLeavesTheFilesAlone()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Store("llama", ScalarType.Float32);
        var before = File.ReadAllBytes(folder.File("model.safetensors"));
        var model = DecoderCheckpoint.LoadLanguageModel(folder.Path, storage: WeightStorage.Mapped);
        var adapters = LoraAdapters.Attach(model, new LoraConfig { Rank = 2 }, seed: 1);
        TestModels.Randomise(adapters);
        var (inputs, _) = TestDecoders.Batch();
        var adapted = model.call(inputs);
        adapters.Merge();
        Assert.True(adapted.allclose(model.call(inputs), 1e-5, 1e-4));
        Assert.Equal(before, File.ReadAllBytes(folder.File("model.safetensors")));
    }

    [Fact]
    public void ClassifiersMapTheirBodies()
    {
        using var scope = NewDisposeScope();
        Store("llama", ScalarType.BFloat16);
        var mapped = DecoderCheckpoint.LoadForClassification(folder.Path, ["no", "yes"], 5, out var loaded, WeightStorage.Mapped);
        var memory = DecoderCheckpoint.LoadForClassification(folder.Path, ["no", "yes"], 5, out var same);
        Assert.Equal(same.Fresh, loaded.Fresh);
        Assert.Equal(same.Unused, loaded.Unused);
        var (inputs, _) = TestDecoders.Batch();
        using var noGrad = no_grad();
        Assert.True(memory.call(inputs).allclose(mapped.call(inputs), 1e-5, 1e-5));
    }

    [Fact]
    public void BadWeightsAreRefused()
    {
        using var scope = NewDisposeScope();
        const string name = "model.layers.1.mlp.up_proj.weight";
        var tensors = Store("llama", ScalarType.Float32);
        var right = tensors[name];
        tensors.Remove(name);
        Assert.Contains($"lack '{name}' [20, 24]", Failure(), StringComparison.Ordinal);
        tensors[name] = right.t();
        Assert.Contains($"'{name}' has shape [24, 20]", Failure(), StringComparison.Ordinal);
        tensors[name] = full_like(right, double.NaN);
        Assert.Contains("not finite", Failure(), StringComparison.Ordinal);

        string Failure()
        {
            WeightFiles.Write(folder.Path, tensors);
            return Assert.Throws<BadInputException>(() => DecoderCheckpoint.LoadLanguageModel(folder.Path, storage: WeightStorage.Mapped)).Message;
        }
    }

    [Fact]
    public void MappedTensorsAreThoseThatAreReadAndOutliveTheFileObject()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor> { ["a"] = arange(24, dtype: ScalarType.Float32).view(2, 3, 4), ["b"] = arange(5, dtype: ScalarType.Float32).to(ScalarType.BFloat16), ["c"] = tensor(7L), ["d"] = ones(3).to(ScalarType.Bool) };
        SafetensorsWriter.Write(folder.File("f.safetensors"), tensors);
        var mapped = new Dictionary<string, Tensor>();
        using (var file = SafetensorsFile.Open(folder.File("f.safetensors")))
        {
            foreach (var name in tensors.Keys)
                mapped[name] = file.Map(name);
            Assert.Throws<BadInputException>(() => file.Map("e"));
        }
        Assert.All(tensors, pair =>
        {
            Assert.Equal((pair.Value.dtype, string.Join(' ', pair.Value.shape)), (mapped[pair.Key].dtype, string.Join(' ', mapped[pair.Key].shape)));
            Assert.True(pair.Value.equal(mapped[pair.Key]).all().item<bool>(), pair.Key);
        });
    }

    private CausalLanguageModel Adapted(WeightStorage storage)
    {
        var model = DecoderCheckpoint.LoadLanguageModel(folder.Path, storage: storage);
        TestModels.Randomise(LoraAdapters.Attach(model, new LoraConfig { Rank = 2, TargetModules = null }, seed: 9));
        return model;
    }

    private Dictionary<string, Tensor> Store(string kind, ScalarType type)
    {
        var model = TestDecoders.LanguageModel(kind, ScalarType.Float32);
        var tensors = model.named_parameters().ToDictionary(item => item.name, item => (Tensor)item.parameter);
        File.WriteAllText(folder.File("config.json"), model.Config.ToJson());
        WeightFiles.Write(folder.Path, tensors, type);
        return tensors;
    }
}

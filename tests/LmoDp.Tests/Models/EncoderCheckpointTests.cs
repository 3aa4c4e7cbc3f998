using LmoDp.Models;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models;

public sealed class EncoderCheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("bert-seqcls", null)]
    [InlineData("bert-seqcls", "model_hub_style.safetensors")]
    [InlineData("roberta-seqcls", null)]
    public void Classifier_of_transformers_loads_and_is_saved_byte_for_byte(string name, string? file)
    {
        var source = SharedData.Require("goldens", "models", name);
        using var model = EncoderCheckpoint.LoadClassifier(source, file is null ? null : Path.Combine(source, file));
        ClassifierCheckpoint.Save(folder.Path, model, AnyTokenizer());
        Same(source, "model.safetensors");
        Same(source, "config.json");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("model_hub_style.safetensors")]
    public void Masked_language_model_of_transformers_loads_and_is_saved_byte_for_byte(string? file)
    {
        var source = SharedData.Require("goldens", "models", "roberta-mlm");
        using var model = EncoderCheckpoint.LoadMaskedLanguageModel(source, file is null ? null : Path.Combine(source, file));
        EncoderCheckpoint.Save(folder.Path, model, AnyTokenizer());
        Same(source, "model.safetensors");
        Same(source, "config.json");
    }

    [Theory]
    [InlineData(ScalarType.Float16, "float16")]
    [InlineData(ScalarType.BFloat16, "bfloat16")]
    public void Half_precision_loads_as_float32_with_the_rounded_values(ScalarType type, string name)
    {
        using var scope = NewDisposeScope();
        var model = Tiny();
        ClassifierCheckpoint.Save(folder.Path, model, AnyTokenizer(), type);
        Assert.Equal(name, EncoderCheckpoint.ReadConfig(folder.Path).TorchDtype);
        var loaded = EncoderCheckpoint.LoadClassifier(folder.Path);
        foreach (var ((parameterName, expected), (_, actual)) in model.named_parameters().Zip(loaded.named_parameters()))
        {
            Assert.Equal(ScalarType.Float32, actual.dtype);
            Assert.True(expected.to(type).to(ScalarType.Float32).equal(actual).all().item<bool>(), parameterName);
        }
    }

    [Fact]
    public void Shards_and_index_hold_the_same_as_one_file()
    {
        using var scope = NewDisposeScope();
        var tensors = Tiny().named_parameters().ToDictionary(item => item.name, item => (Tensor)item.parameter);
        WeightFiles.Write(folder.Path, tensors, maxShardBytes: 1000);
        Assert.False(File.Exists(folder.File("model.safetensors")));
        Assert.True(Directory.GetFiles(folder.Path, "model-0*-of-0*.safetensors").Length > 3);
        using var weights = WeightFiles.Open(folder.Path);
        Assert.Equal(tensors.Count, weights.Tensors.Count());
        foreach (var (name, tensor) in tensors)
            Assert.True(tensor.equal(weights.Read(name)).all().item<bool>(), name);
    }

    [Theory]
    [InlineData("../outside.safetensors", "plain file names")]
    [InlineData("/etc/passwd", "plain file names")]
    [InlineData("a\\\\b.safetensors", "plain file names")]
    [InlineData(".hidden.safetensors", "plain file names")]
    [InlineData("config.json", "plain file names")]
    [InlineData("absent.safetensors", "there is no file")]
    [InlineData("other.safetensors", "but it is not")]
    public void Index_that_points_elsewhere_is_refused(string file, string expected)
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(folder.File("other.safetensors"), new Dictionary<string, Tensor> { ["b"] = ones(1) });
        File.WriteAllText(folder.File("model.safetensors.index.json"), "{\"weight_map\": {\"a\": \"" + file + "\"}}");
        Assert.Contains(expected, Assert.Throws<BadInputException>(() => WeightFiles.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Body_alone_gets_a_new_head_that_depends_on_the_seed_only()
    {
        using var scope = NewDisposeScope();
        var model = Tiny();
        SaveTensors(model.named_parameters().Where(item => item.name.StartsWith("roberta.", StringComparison.Ordinal)).ToDictionary(item => item.name["roberta.".Length..], item => (Tensor)item.parameter));
        var first = EncoderCheckpoint.LoadForClassification(folder.Path, ["no", "yes", "perhaps"], 5, out var loaded);
        var second = EncoderCheckpoint.LoadForClassification(folder.Path, ["no", "yes", "perhaps"], 5, out _);
        Assert.Equal(["classifier.dense.bias", "classifier.dense.weight", "classifier.out_proj.bias", "classifier.out_proj.weight"], loaded.Fresh.Order(StringComparer.Ordinal));
        Assert.Empty(loaded.Unused);
        foreach (var ((name, a), (_, b)) in first.named_parameters().Zip(second.named_parameters()))
            Assert.True(a.equal(b).all().item<bool>(), name);
        Assert.Equal(3, first.Config.NumLabels);
        Assert.Contains("lack 'classifier", Assert.Throws<BadInputException>(() => EncoderCheckpoint.LoadClassifier(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Head_for_other_classes_is_replaced_and_for_the_same_kept()
    {
        using var scope = NewDisposeScope();
        ClassifierCheckpoint.Save(folder.Path, Tiny("bad", "good"), AnyTokenizer());
        EncoderCheckpoint.LoadForClassification(folder.Path, ["bad", "good"], 5, out var same).Dispose();
        Assert.Empty(same.Fresh);
        EncoderCheckpoint.LoadForClassification(folder.Path, ["good", "bad"], 5, out var other).Dispose();
        Assert.Equal(["classifier.out_proj.bias", "classifier.out_proj.weight"], other.Fresh.Order(StringComparer.Ordinal));
        Assert.Equal(["classifier.out_proj.bias", "classifier.out_proj.weight"], other.Unused.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Wrong_shape_type_or_values_and_missing_tensors_are_named()
    {
        using var scope = NewDisposeScope();
        const string name = "roberta.encoder.layer.1.output.dense.weight";
        var tensors = Tiny().named_parameters().ToDictionary(item => item.name, item => (Tensor)item.parameter);
        var right = tensors[name];

        tensors[name] = right.t();
        Assert.Contains($"'{name}' has shape [16, 8], but config.json asks for [8, 16]", Failure(), StringComparison.Ordinal);
        tensors[name] = right.to(ScalarType.Int32);
        Assert.Contains($"'{name}' is I32", Failure(), StringComparison.Ordinal);
        foreach (var odd in new[] { double.NaN, double.NegativeInfinity })
        {
            tensors[name] = right.detach().clone();
            tensors[name][3, 5] = odd;
            Assert.Contains($"'{name}' holds values that are not finite", Failure(), StringComparison.Ordinal);
        }
        tensors.Remove(name);
        tensors["spare"] = zeros(1000);
        Assert.Contains($"lack '{name}' [8, 16]", Failure(), StringComparison.Ordinal);

        string Failure()
        {
            SaveTensors(tensors);
            return Assert.Throws<BadInputException>(() => EncoderCheckpoint.LoadClassifier(folder.Path)).Message;
        }
    }

    [Fact]
    public void Configuration_of_a_giant_is_refused_before_memory_is_taken()
    {
        using var scope = NewDisposeScope();
        ClassifierCheckpoint.Save(folder.Path, Tiny(), AnyTokenizer());
        var giant = EncoderCheckpoint.ReadConfig(folder.Path) with { HiddenSize = 65536, VocabSize = 1 << 24, NumHiddenLayers = 1024 };
        File.WriteAllText(folder.File("config.json"), giant.ToJson());
        Assert.Contains("but the weights hold", Assert.Throws<BadInputException>(() => EncoderCheckpoint.LoadClassifier(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Body_parameter_count_is_that_of_the_model()
    {
        using var model = Tiny();
        Assert.Equal(model.Encoder.parameters().Sum(parameter => parameter.numel()), model.Config.BodyParameterCount);
    }

    [Fact]
    public void Folder_appears_as_a_whole_or_not_at_all()
    {
        var target = folder.File("parent", "model");
        Assert.Throws<InvalidOperationException>(() => AtomicFolder.Write(target, path =>
        {
            File.WriteAllText(Path.Combine(path, "half"), "");
            throw new InvalidOperationException();
        }));
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("parent")));
        AtomicFolder.Write(target, path => File.WriteAllText(Path.Combine(path, "whole"), ""));
        Assert.True(File.Exists(Path.Combine(target, "whole")));
        Assert.Contains("exists already", Assert.Throws<BadInputException>(() => AtomicFolder.Write(target, _ => { })).Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(folder.File("parent")));
    }

    [Fact]
    public void Folder_with_a_pickle_only_says_why_it_is_not_read()
    {
        File.WriteAllText(folder.File("pytorch_model.bin"), "");
        Assert.Contains("can run code", Assert.Throws<BadInputException>(() => WeightFiles.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static SequenceClassifier Tiny(params string[] labels)
    {
        var config = EncoderConfig.FromJson(EncoderConfigTests.Small);
        var model = new SequenceClassifier(labels.Length > 0 ? config with { Labels = labels } : config);
        Initialization.Normal(model, 0.02, 3);
        return model;
    }

    private void SaveTensors(Dictionary<string, Tensor> tensors)
    {
        File.WriteAllText(folder.File("config.json"), EncoderConfigTests.Small);
        WeightFiles.Write(folder.Path, tensors);
    }

    private TextTokenizer AnyTokenizer()
    {
        var place = Directory.CreateDirectory(folder.File("tokenizer")).FullName;
        TinyTokenizers.WriteRoberta(place);
        return TextTokenizer.Load(place);
    }

    private void Same(string source, string file) => Assert.Equal(File.ReadAllBytes(Path.Combine(source, file)), File.ReadAllBytes(folder.File(file)));
}

using System.Text.Json;
using LmoDp.Models;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Decoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Decoders;

public sealed class DecoderCheckpointTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Kinds => [.. TestDecoders.Kinds];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("gpt2-lm", null)]
    [InlineData("gpt2-lm", "model_hub_style.safetensors")]
    [InlineData("llama-lm", null)]
    [InlineData("llama-gqa-lm", null)]
    [InlineData("llama-gqa-lm", "model_hub_style.safetensors")]
    public void Language_model_of_transformers_loads_and_is_saved_byte_for_byte(string name, string? file)
    {
        var source = SharedData.Require("goldens", "models", name);
        using var model = DecoderCheckpoint.LoadLanguageModel(source, file is null ? null : Path.Combine(source, file));
        DecoderCheckpoint.Save(folder.Path, model, AnyTokenizer());
        foreach (var saved in new[] { "model.safetensors", "config.json", "generation_config.json" })
            Assert.Equal(File.ReadAllText(Path.Combine(source, saved)).TrimEnd(), File.ReadAllText(folder.File(saved)).TrimEnd());
    }

    [Fact]
    public void Classifier_of_transformers_loads_and_is_saved_byte_for_byte()
    {
        var source = SharedData.Require("goldens", "models", "llama-seqcls");
        using var model = ClassifierCheckpoint.Load(source);
        Assert.IsType<DecoderClassifier>(model);
        ClassifierCheckpoint.Save(folder.Path, model, AnyTokenizer());
        foreach (var saved in new[] { "model.safetensors", "config.json" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, saved)), File.ReadAllBytes(folder.File(saved)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_saved_loads_the_same(string kind)
    {
        using var scope = NewDisposeScope();
        var model = TestDecoders.LanguageModel(kind, ScalarType.Float32);
        DecoderCheckpoint.Save(folder.Path, model, AnyTokenizer());
        Same(model, DecoderCheckpoint.LoadLanguageModel(folder.Path), ScalarType.Float32);
        using var settings = JsonDocument.Parse(File.ReadAllText(folder.File("generation_config.json")));
        Assert.Equal(2, settings.RootElement.GetProperty("eos_token_id").GetInt32());
        Assert.Equal(model.Config.IsGpt2 ? "GPT2LMHeadModel" : "LlamaForCausalLM", Assert.Single(DecoderCheckpoint.ReadConfig(folder.Path).Architectures));
        using var weights = WeightFiles.Open(folder.Path);
        Assert.Equal(!model.Config.TieWordEmbeddings, weights.Contains("lm_head.weight"));
    }

    [Theory]
    [InlineData("gpt2", ScalarType.Float16)]
    [InlineData("llama-grouped", ScalarType.BFloat16)]
    public void Shards_and_half_precision_load_as_float32(string kind, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var model = TestDecoders.LanguageModel(kind, ScalarType.Float32);
        File.WriteAllText(folder.File("config.json"), model.Config.ToJson());
        WeightFiles.Write(folder.Path, Tensors(model), type, maxShardBytes: 2000);
        Assert.True(Directory.GetFiles(folder.Path, "model-0*-of-0*.safetensors").Length > 3);
        Same(model, DecoderCheckpoint.LoadLanguageModel(folder.Path), type);
    }

    [Theory]
    [InlineData("gpt2", "h.0.attn.bias")]
    [InlineData("llama-grouped", "layers.0.self_attn.rotary_emb.inv_freq")]
    public void Bodies_without_a_prefix_and_buffers_of_former_years_load(string kind, string buffer)
    {
        using var scope = NewDisposeScope();
        var model = TestDecoders.LanguageModel(kind, ScalarType.Float32);
        File.WriteAllText(folder.File("config.json"), model.Config.ToJson());
        var tensors = Tensors(model).ToDictionary(item => item.Key.Replace("transformer.", "", StringComparison.Ordinal).Replace("model.", "", StringComparison.Ordinal), item => item.Value);
        tensors.Add(buffer, ones(3));
        WeightFiles.Write(folder.Path, tensors);
        Same(model, DecoderCheckpoint.LoadLanguageModel(folder.Path), ScalarType.Float32);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void A_language_model_becomes_a_classifier_with_a_head_that_depends_on_the_seed_only(string kind)
    {
        using var scope = NewDisposeScope();
        var model = TestDecoders.LanguageModel(kind, ScalarType.Float32);
        DecoderCheckpoint.Save(folder.Path, model, AnyTokenizer());
        var first = Assert.IsType<DecoderClassifier>(ClassifierCheckpoint.LoadForClassification(folder.Path, ["no", "yes"], 5, out var loaded));
        var second = ClassifierCheckpoint.LoadForClassification(folder.Path, ["no", "yes"], 5, out _);
        Assert.Equal(["score.weight"], loaded.Fresh);
        Assert.Equal(kind == "llama" ? ["lm_head.weight"] : [], loaded.Unused);
        Same(first, second, ScalarType.Float32);
        foreach (var (name, parameter) in model.Body.named_parameters())
            Assert.True(first.Body.get_parameter(name)!.equal(parameter).all().item<bool>(), name);

        ClassifierCheckpoint.Save(folder.Path, first, AnyTokenizer());
        Same(first, ClassifierCheckpoint.Load(folder.Path), ScalarType.Float32);
        ClassifierCheckpoint.LoadForClassification(folder.Path, ["no", "yes"], 5, out var same);
        Assert.Empty(same.Fresh);
        ClassifierCheckpoint.LoadForClassification(folder.Path, ["yes", "no"], 5, out var other);
        Assert.Equal(["score.weight"], other.Fresh);
    }

    [Fact]
    public void Configuration_of_a_giant_is_refused_before_memory_is_taken()
    {
        using var scope = NewDisposeScope();
        DecoderCheckpoint.Save(folder.Path, TestDecoders.LanguageModel("llama", ScalarType.Float32), AnyTokenizer());
        var giant = DecoderCheckpoint.ReadConfig(folder.Path) with { HiddenSize = 65536, VocabSize = 1 << 24, NumHiddenLayers = 1024, MaxPositionEmbeddings = 1 << 20 };
        File.WriteAllText(folder.File("config.json"), giant.ToJson());
        Assert.Contains("but the weights hold", Assert.Throws<BadInputException>(() => DecoderCheckpoint.LoadLanguageModel(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_family_that_is_not_known_is_named()
    {
        File.WriteAllText(folder.File("config.json"), """{"model_type": "t5"}""");
        Assert.Contains("model_type 't5' is not known here: bert, roberta, gpt2, llama", Assert.Throws<BadInputException>(() => ClassifierCheckpoint.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("no encoder", Assert.Throws<BadInputException>(() => LmoDp.Models.Encoders.EncoderCheckpoint.LoadClassifier(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Initialisation_depends_on_the_seed_alone_and_spares_gains_and_biases()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (new CausalLanguageModel(TestDecoders.Config("gpt2")), new CausalLanguageModel(TestDecoders.Config("gpt2")));
        Initialization.Normal(a, 0.02, 5);
        Initialization.Normal(b, 0.02, 5);
        Same(a, b, ScalarType.Float32);
        Assert.Equal(1, a.get_parameter("transformer.h.0.ln_1.weight")!.min().item<float>());
        Assert.Equal(0, a.get_parameter("transformer.h.0.attn.c_attn.bias")!.abs().max().item<float>());
        Assert.InRange(a.get_parameter("transformer.h.0.attn.c_attn.weight")!.std().item<float>(), 0.018, 0.022);
    }

    private static Dictionary<string, Tensor> Tensors(nn.Module model) => model.named_parameters().ToDictionary(item => item.name, item => (Tensor)item.parameter);

    private static void Same(nn.Module expected, nn.Module actual, ScalarType stored)
    {
        var found = Tensors(actual);
        Assert.Equal(expected.named_parameters().Select(item => item.name), found.Keys);
        foreach (var (name, parameter) in expected.named_parameters())
        {
            Assert.Equal(ScalarType.Float32, found[name].dtype);
            Assert.True(parameter.to(stored).to(ScalarType.Float32).equal(found[name]).all().item<bool>(), name);
        }
    }

    private TextTokenizer AnyTokenizer()
    {
        var place = Directory.CreateDirectory(folder.File("tokenizer")).FullName;
        TinyTokenizers.WriteRoberta(place);
        return TextTokenizer.Load(place);
    }
}

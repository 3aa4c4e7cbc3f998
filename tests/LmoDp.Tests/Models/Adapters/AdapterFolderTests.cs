using System.Text.Json.Nodes;
using LmoDp.Models.Adapters;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Tokenizers;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Models.Adapters;

/// <summary>Adapters by themselves, in PEFT's layout.</summary>
public sealed class AdapterFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WhatIsSavedIsWhatIsAttached()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = TestDecoders.Classifier("llama", ScalarType.Float32);
        Save(model);
        var config = JsonNode.Parse(File.ReadAllText(folder.File("adapter_config.json")))!;
        Assert.Equal(("LORA", "SEQ_CLS", 2, 6.0), ((string)config["peft_type"]!, (string)config["task_type"]!, (int)config["r"]!, (double)config["lora_alpha"]!));
        Assert.Equal("[\"q_proj\",\"v_proj\"]", config["target_modules"]!.ToJsonString());
        Assert.Equal("[\"score\"]", config["modules_to_save"]!.ToJsonString());
        using (var file = SafetensorsFile.Open(folder.File("adapter_model.safetensors")))
        {
            Assert.Equal(2 * 2 * 2 + 1, file.Tensors.Count());
            Assert.Equal([2, 24], file.Find("base_model.model.model.layers.1.self_attn.v_proj.lora_A.weight").Shape);
            Assert.Equal([3, 24], file.Find("base_model.model.score.weight").Shape);
        }

        var other = TestDecoders.Classifier("llama", ScalarType.Float32); // the same body
        other.get_parameter("score.weight")!.zero_();
        AdapterFolder.Attach(folder.Path, other);
        var (inputs, _) = TestDecoders.Batch();
        Assert.True(model.call(inputs).allclose(other.call(inputs), 1e-6, 1e-6));
        Assert.Equal(Path.GetFullPath(folder.Path), AdapterFolder.BaseModel(folder.Path));
    }

    [Theory]
    [InlineData("peft_type", "\"IA3\"", "peft_type must be LORA")]
    [InlineData("use_dora", "true", "peft_type must be LORA")]
    [InlineData("rank_pattern", "{\"q_proj\": 4}", "peft_type must be LORA")]
    [InlineData("fan_in_fan_out", "true", "peft_type must be LORA")]
    [InlineData("layers_to_transform", "[0]", "peft_type must be LORA")]
    [InlineData("lora_alpha", "1e308", "alpha of LoRA")]
    [InlineData("task_type", "\"CAUSAL_LM\"", "use generate")]
    [InlineData("target_modules", "[\"q_proj\"]", "no target module takes")]
    [InlineData("r", "3", "has shape")]
    [InlineData("target_modules", "[\"k_proj\"]", "hold no tensor")]
    [InlineData("target_modules", "\"all-linear\"", "target_modules must be a list")]
    [InlineData("base_model_name_or_path", "\"nowhere\"", "which is not there")]
    [InlineData("base_model_name_or_path", "null", "must be the folder of the base model")]
    public void AdaptersThatDoNotFitAreOneLine(string key, string value, string complaint)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Save(TestDecoders.Classifier("llama", ScalarType.Float32));
        var config = JsonNode.Parse(File.ReadAllText(folder.File("adapter_config.json")))!;
        config[key] = JsonNode.Parse(value);
        folder.Write("adapter_config.json", config.ToJsonString());
        Assert.Contains(complaint, Assert.Throws<BadInputException>(() =>
        {
            _ = AdapterFolder.BaseModel(folder.Path);
            AdapterFolder.Attach(folder.Path, TestDecoders.Classifier("llama", ScalarType.Float32));
        }).Message, StringComparison.Ordinal);
    }

    private void Save(LmoDp.Models.Decoders.DecoderClassifier model)
    {
        var adapters = LoraAdapters.Attach(model, new LoraConfig { Rank = 2, Alpha = 6 }, seed: 1);
        TestModels.Randomise(adapters);
        TinyTokenizers.WriteGpt2(folder.Path);
        AdapterFolder.Save(folder.Path, adapters, model, model.Config, folder.Path, TextTokenizer.Load(folder.Path));
    }
}

using System.Text.Json.Nodes;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Decoders;
using LmoDp.Models.Tokenizers;
using static TorchSharp.torch;

namespace LmoDp.Models.Adapters;

/// <summary>
/// Adapters without the model that they adapt, in the layout of Hugging Face's PEFT: adapter_config.json, which names the base model's folder, and adapter_model.safetensors. A
/// classifier's head is stored along. config.json and the tokenizer lie beside them, as the model has them with its adapters.
/// </summary>
public static class AdapterFolder
{
    private const string ConfigFile = "adapter_config.json", WeightsFile = "adapter_model.safetensors", BaseKey = "base_model_name_or_path";
    private const string Classifies = "SEQ_CLS", Writes = "CAUSAL_LM"; // PEFT's names
    private const int LargestConfig = 4 << 20;

    /// <summary>Whether a folder holds adapters.</summary>
    public static bool Holds(string folder) => File.Exists(Path.Combine(folder, ConfigFile));

    /// <summary>The folder of the model that a folder's adapters are for.</summary>
    /// <exception cref="BadInputException">It is not there, or the adapters' configuration is malformed.</exception>
    public static string BaseModel(string folder)
    {
        var config = ReadConfig(folder);
        var model = config.Text(BaseKey) ?? throw config.Wrong(BaseKey, "the folder of the base model");
        return Directory.Exists(model) ? model : throw new BadInputException($"'{folder}' holds adapters for the model '{model}', which is not there: put it there, or change {BaseKey} in {ConfigFile}");
    }

    /// <summary>Adapts a base model as the folder says, and gives a classifier its head.</summary>
    /// <param name="folder">The adapters.</param>
    /// <param name="model">The base model, changed in place.</param>
    /// <exception cref="BadInputException">The adapters are malformed, or not for this model.</exception>
    public static LoraAdapters Attach(string folder, nn.Module model)
    {
        var config = ReadConfig(folder);
        if (config.Text("peft_type") != "LORA" || config.Flag("use_rslora", false) || config.Flag("use_dora", false) || (config.Text("bias") ?? "none") != "none"
            || config.Flag("fan_in_fan_out", false) || config.Flag("lora_bias", false) || config.Has("layers_to_transform")
            || config.Object("rank_pattern") is { Count: > 0 } || config.Object("alpha_pattern") is { Count: > 0 })
            throw config.Wrong("peft_type", "LORA of one rank and alpha, without further variants");
        var isClassifier = model is not CausalLanguageModel;
        if (config.Text("task_type") is { } task && task != (isClassifier ? Classifies : Writes))
            throw new BadInputException(isClassifier ? $"the adapters in '{folder}' are of a model that writes, not of a classifier: use generate" : $"the adapters in '{folder}' are of a classifier, not of a model that writes: use predict");
        using var weights = WeightFiles.OpenFile(Path.Combine(folder, WeightsFile));
        var adapters = LoraAdapters.Attach(model, new LoraConfig { Rank = config.Int("r"), Alpha = config.Number("lora_alpha") ?? 8, TargetModules = config.Texts("target_modules") }, seed: 0);
        var unused = weights.Tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, parameter) in Stored(adapters, model))
        {
            ParameterLoading.Fill(parameter, weights, weights.Find(LoraAdapters.PeftName(name)));
            unused.Remove(LoraAdapters.PeftName(name));
        }
        return unused.Count == 0 ? adapters : throw new BadInputException($"'{folder}': no target module takes the tensor '{unused.Min()}'");
    }

    /// <summary>Writes adapters into an existing folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="adapters">They stay attached.</param>
    /// <param name="model">The model with its adapters.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="baseModel">Where the model without adapters lies, and will lie.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public static void Save(string folder, LoraAdapters adapters, nn.Module model, ModelConfig config, string baseModel, TextTokenizer tokenizer)
    {
        var stored = Stored(adapters, model).ToArray();
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), stored.ToDictionary(entry => LoraAdapters.PeftName(entry.Name), entry => entry.Parameter));
        string[] heads = [.. stored.Where(entry => !LoraAdapters.IsAdapter(entry.Name)).Select(entry => entry.Name.Split('.')[0]).Distinct()];
        var json = new JsonObject
        {
            ["peft_type"] = "LORA",
            ["task_type"] = heads.Length > 0 ? Classifies : Writes,
            [BaseKey] = Path.GetFullPath(baseModel),
            ["r"] = adapters.Config.Rank,
            ["lora_alpha"] = adapters.Config.Alpha,
            ["lora_dropout"] = 0.0,
            ["target_modules"] = Names(adapters.AdaptedModules),
            ["modules_to_save"] = heads.Length > 0 ? Names(heads) : null,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
        };
        AtomicFile.WriteText(Path.Combine(folder, ConfigFile), json.ToJsonString(ConfigJson.Indented) + "\n");
        ModelFolder.SaveConfig(folder, config, heads.Length > 0 ? "ForSequenceClassification" : "ForCausalLM");
        tokenizer.Save(folder, config.MaxTokens);
    }

    /// <summary>What is stored: adapters, and the head of a classifier.</summary>
    private static IEnumerable<(string Name, Tensor Parameter)> Stored(LoraAdapters adapters, nn.Module model) =>
        adapters.Parameters.Select(entry => (entry.Name, (Tensor)entry.Parameter))
            .Concat(model.named_parameters().Where(entry => TrainableParameters.IsHead(entry.name)).Select(entry => (entry.name, (Tensor)entry.parameter)));

    private static ConfigJson ReadConfig(string folder)
    {
        var path = Path.Combine(folder, ConfigFile);
        return ConfigJson.Parse(BoundedFile.ReadText(path, LargestConfig), path);
    }

    private static JsonArray Names(IEnumerable<string> names) => new([.. names.Select(name => JsonValue.Create(name))]);
}

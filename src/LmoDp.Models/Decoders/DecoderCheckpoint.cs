using System.Text.Json.Nodes;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;
using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>GPT-2 and Llama models in Hugging Face folders: config.json, safetensors weights of any floating-point type, whole or sharded. Parameters are float32 in memory.</summary>
public static class DecoderCheckpoint
{
    private const string GenerationFile = "generation_config.json";

    /// <summary>The configuration of a folder.</summary>
    /// <exception cref="BadInputException">It is missing, malformed, or not of a decoder.</exception>
    public static DecoderConfig ReadConfig(string folder) => ModelFolder.ReadConfig(folder, DecoderConfig.FromJson);

    /// <summary>A language model as it was saved.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="weightsFile">A safetensors file to take instead of the folder's weights.</param>
    /// <param name="storage">Where the weights of linear layers are to lie; those of GPT-2 always lie in memory.</param>
    /// <exception cref="BadInputException">The folder holds no complete causal language model.</exception>
    public static CausalLanguageModel LoadLanguageModel(string folder, string? weightsFile = null, WeightStorage storage = WeightStorage.Memory)
    {
        var config = ReadConfig(folder);
        using var weights = ModelFolder.OpenWeights(folder, weightsFile, config);
        var model = new CausalLanguageModel(config, storage);
        Fill(model, weights, name => CurrentName(name, config));
        return model;
    }

    /// <summary>A fine-tuned classifier as it was saved.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="weightsFile">A safetensors file to take instead of the folder's weights.</param>
    /// <param name="storage">Where the weights of linear layers are to lie; those of GPT-2 always lie in memory.</param>
    /// <exception cref="BadInputException">The folder holds no complete classifier.</exception>
    public static DecoderClassifier LoadClassifier(string folder, string? weightsFile = null, WeightStorage storage = WeightStorage.Memory)
    {
        var config = ReadConfig(folder);
        using var weights = ModelFolder.OpenWeights(folder, weightsFile, config);
        var model = new DecoderClassifier(config, storage);
        Fill(model, weights, name => CurrentName(name, config));
        return model;
    }

    /// <summary>A classifier to be fine-tuned for the given classes. Its head is drawn anew where the folder has none, or one for other classes.</summary>
    /// <param name="folder">The folder of a language model or of a classifier.</param>
    /// <param name="labels">Names of the classes, by id.</param>
    /// <param name="seed">Of a new head.</param>
    /// <param name="loaded">Receives which parameters are new.</param>
    /// <param name="storage">Where the weights of linear layers are to lie; those of GPT-2 always lie in memory.</param>
    /// <exception cref="BadInputException">The folder holds no complete decoder.</exception>
    public static DecoderClassifier LoadForClassification(string folder, IReadOnlyList<string> labels, long seed, out LoadedParameters loaded, WeightStorage storage = WeightStorage.Memory)
    {
        var stored = ReadConfig(folder);
        using var weights = ModelFolder.OpenWeights(folder, null, stored);
        var sameClasses = LabelMap.Same(labels, stored.Labels);
        // Hugging Face finds the end of a text by the padding id.
        var config = stored with { Labels = labels, PadTokenId = stored.PadTokenId ?? (stored.IsGpt2 ? stored.EosTokenId : 0) };
        config.Validate(folder);
        var model = new DecoderClassifier(config, storage);
        loaded = Fill(model, weights, name => !sameClasses && IsHead(name) ? null : CurrentName(name, config), IsHead);
        Initialization.Normal(model, config.InitializerRange, seed, loaded.Fresh);
        return model;

        static bool IsHead(string name) => name.StartsWith("score.", StringComparison.Ordinal);
    }

    /// <summary>Writes a language model into an existing folder, complete for Hugging Face transformers. A tied head is stored once.</summary>
    /// <param name="folder">The folder; see <see cref="AtomicFolder"/>.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="type">The type of the stored numbers.</param>
    /// <exception cref="BadInputException">A parameter does not fit the type.</exception>
    public static void Save(string folder, CausalLanguageModel model, TextTokenizer tokenizer, ScalarType type = ScalarType.Float32)
    {
        ModelFolder.Save(folder, ModelFolder.NamedTensors(model), model.Config, model.Config.IsGpt2 ? "LMHeadModel" : "ForCausalLM", tokenizer, type);
        AtomicFile.WriteText(Path.Combine(folder, GenerationFile), GenerationSettings(model.Config));
    }

    /// <summary>Loads what lies in memory, and maps the rest.</summary>
    private static LoadedParameters Fill(nn.Module model, WeightFiles weights, Func<string, string?> target, Func<string, bool>? mayBeFresh = null)
    {
        var loaded = ParameterLoading.Load(model, weights, target, mayBeFresh);
        var mapped = ParameterLoading.Map(model, weights, target);
        return loaded with { Unused = [.. loaded.Unused.Except(mapped)] };
    }

    /// <summary>Names in files of bodies that were saved alone, such as the first GPT-2, as they are called now. Buffers (masks, rotary frequencies) keep theirs and find no parameter.</summary>
    private static string CurrentName(string name, DecoderConfig config) =>
        name.Split('.')[0] is "h" or "wte" or "wpe" or "ln_f" or "layers" or "embed_tokens" or "norm" ? $"{config.BodyName}.{name}" : name;

    /// <summary>generation_config.json as transformers derives it from config.json.</summary>
    private static string GenerationSettings(DecoderConfig config)
    {
        var settings = new JsonObject { ["_from_model_config"] = true };
        foreach (var (key, value) in new (string, JsonNode?)[] { ("bos_token_id", config.BosTokenId), ("eos_token_id", config.EosTokenId), ("pad_token_id", config.PadTokenId), ("transformers_version", config.TransformersVersion) })
        {
            if (value is not null)
                settings[key] = value;
        }
        return settings.ToJsonString(ConfigJson.Indented) + "\n";
    }
}

using LmoDp.Models.Tokenizers;
using static TorchSharp.torch;

namespace LmoDp.Models.Checkpoints;

/// <summary>What all models' Hugging Face folders have: config.json, weights, a tokenizer.</summary>
internal static class ModelFolder
{
    private const string ConfigFile = "config.json";
    private const int LargestConfig = 4 << 20;

    /// <summary>Reads config.json.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="parse">Makes something of its text; the second argument is its path, for messages.</param>
    /// <exception cref="BadInputException">It is missing, or <paramref name="parse"/> does not like it.</exception>
    public static T ReadConfig<T>(string folder, Func<string, string, T> parse)
    {
        if (!Directory.Exists(folder))
            throw new BadInputException($"there is no folder '{folder}'");
        var path = Path.Combine(folder, ConfigFile);
        return parse(BoundedFile.ReadText(path, LargestConfig), path);
    }

    /// <summary>Opens the weights, which must be at least as many as the configuration's body has: a few bytes of config.json must not make us allocate a model that is not there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="weightsFile">A safetensors file to take instead of the folder's weights.</param>
    /// <param name="config">The configuration.</param>
    /// <exception cref="BadInputException">There are none, they are malformed or too few.</exception>
    public static WeightFiles OpenWeights(string folder, string? weightsFile, ModelConfig config)
    {
        var weights = weightsFile is null ? WeightFiles.Open(folder) : WeightFiles.OpenFile(weightsFile);
        var stored = weights.Tensors.Sum(tensor => tensor.ElementCount);
        if (config.BodyParameterCount <= stored)
            return weights;
        weights.Dispose();
        throw new BadInputException($"'{folder}': config.json describes a body of {config.BodyParameterCount} parameters, but the weights hold {stored}");
    }

    /// <summary>Writes weights, config.json and tokenizer into an existing folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="tensors">The weights by name.</param>
    /// <param name="config">The configuration; its architecture and type of numbers are set.</param>
    /// <param name="task">The end of Hugging Face's class name, such as <c>ForSequenceClassification</c>.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="type">The type of the stored numbers.</param>
    /// <exception cref="BadInputException">A number does not fit the type.</exception>
    public static void Save(string folder, IReadOnlyDictionary<string, Tensor> tensors, ModelConfig config, string task, TextTokenizer tokenizer, ScalarType type)
    {
        var typeName = type switch
        {
            ScalarType.Float32 => "float32",
            ScalarType.Float16 => "float16",
            ScalarType.BFloat16 => "bfloat16",
            ScalarType.Float64 => "float64",
            _ => throw new BadInputException($"weights cannot be stored as {type}: use Float32, Float16 or BFloat16"),
        };
        WeightFiles.Write(folder, tensors, type);
        SaveConfig(folder, config with { TorchDtype = typeName }, task);
        tokenizer.Save(folder, config.MaxTokens);
    }

    /// <summary>Writes config.json for a model of the given task.</summary>
    public static void SaveConfig(string folder, ModelConfig config, string task) =>
        AtomicFile.WriteText(Path.Combine(folder, ConfigFile), (config with { Architectures = [config.ClassPrefix + task] }).ToJson());

    /// <summary>The parameters of a model by name, without those of a soft prompt, which has files of its own.</summary>
    public static Dictionary<string, Tensor> NamedTensors(nn.Module model) => model.named_parameters().Where(item => !Adapters.SoftPrompt.Owns(item.name)).ToDictionary(item => item.name, item => (Tensor)item.parameter);
}

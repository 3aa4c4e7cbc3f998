using LmoDp.Models.Checkpoints;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;
using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>BERT and RoBERTa models in Hugging Face folders: config.json, safetensors weights of any floating-point type, whole or sharded. Parameters are float32 in memory.</summary>
public static class EncoderCheckpoint
{
    /// <summary>The configuration of a folder.</summary>
    /// <exception cref="BadInputException">It is missing, malformed, or not of an encoder.</exception>
    public static EncoderConfig ReadConfig(string folder) => ModelFolder.ReadConfig(folder, EncoderConfig.FromJson);

    /// <summary>A fine-tuned classifier as it was saved.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="weightsFile">A safetensors file to take instead of the folder's weights.</param>
    /// <exception cref="BadInputException">The folder holds no complete classifier.</exception>
    public static SequenceClassifier LoadClassifier(string folder, string? weightsFile = null)
    {
        var config = ReadConfig(folder);
        using var weights = ModelFolder.OpenWeights(folder, weightsFile, config);
        var model = new SequenceClassifier(config);
        ParameterLoading.Load(model, weights, name => CurrentName(name, config));
        return model;
    }

    /// <summary>
    /// A classifier to be fine-tuned for the given classes. Layers after the body that the folder does not hold are drawn anew, and so is an output layer
    /// that was made for other classes.
    /// </summary>
    /// <param name="folder">The folder of a pre-trained model or of a classifier.</param>
    /// <param name="labels">Names of the classes, by id.</param>
    /// <param name="seed">Of the new layers.</param>
    /// <param name="loaded">Receives which parameters are new.</param>
    /// <exception cref="BadInputException">The folder holds no complete encoder.</exception>
    public static SequenceClassifier LoadForClassification(string folder, IReadOnlyList<string> labels, long seed, out LoadedParameters loaded)
    {
        var stored = ReadConfig(folder);
        using var weights = ModelFolder.OpenWeights(folder, null, stored);
        var sameClasses = LabelMap.Same(labels, stored.Labels);
        var config = stored with { Labels = labels };
        config.Validate(folder);
        var model = new SequenceClassifier(config);
        var output = config.ModelType == "bert" ? "classifier." : "classifier.out_proj.";
        loaded = ParameterLoading.Load(
            model,
            weights,
            name => !sameClasses && name.StartsWith(output, StringComparison.Ordinal) ? null : CurrentName(name, config),
            name => name.StartsWith("classifier.", StringComparison.Ordinal) || name.StartsWith("bert.pooler.", StringComparison.Ordinal));
        Initialization.Normal(model, config.InitializerRange, seed, loaded.Fresh);
        return model;
    }

    /// <summary>A masked language model as it was saved.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="weightsFile">A safetensors file to take instead of the folder's weights.</param>
    /// <exception cref="BadInputException">The folder holds no complete masked language model.</exception>
    public static MaskedLanguageModel LoadMaskedLanguageModel(string folder, string? weightsFile = null)
    {
        var config = ReadConfig(folder);
        if (!config.TieWordEmbeddings)
            throw new BadInputException($"'{folder}': a masked language model whose output layer is not tied to the word embeddings is not supported");
        using var weights = ModelFolder.OpenWeights(folder, weightsFile, config);
        var model = new MaskedLanguageModel(config);
        ParameterLoading.Load(model, weights, name => CurrentName(name, config));
        return model;
    }

    /// <summary>Fills a classification head as far as a folder holds one.</summary>
    /// <param name="folder">A model's folder.</param>
    /// <param name="head">Its parameters have the names that RoBERTa's head has after <c>classifier.</c>; those that the folder lacks stay as they are.</param>
    /// <exception cref="BadInputException">A tensor has the wrong shape, or holds values that are not finite.</exception>
    public static void LoadHead(string folder, nn.Module head)
    {
        const string prefix = "classifier.";
        using var weights = ModelFolder.OpenWeights(folder, null, ReadConfig(folder));
        ParameterLoading.Load(head, weights, name => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : null, mayBeFresh: _ => true);
    }

    /// <summary>Writes a masked language model into an existing folder, complete for Hugging Face transformers. The tied output layer is stored once.</summary>
    /// <param name="folder">The folder; see <see cref="AtomicFolder"/>.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="type">The type of the stored numbers.</param>
    /// <param name="extra">Further tensors to store, such as a head for another task that was trained along with it.</param>
    /// <exception cref="BadInputException">A parameter does not fit the type.</exception>
    public static void Save(
        string folder, MaskedLanguageModel model, TextTokenizer tokenizer, ScalarType type = ScalarType.Float32, IReadOnlyDictionary<string, Tensor>? extra = null)
    {
        var tensors = ModelFolder.NamedTensors(model);
        foreach (var (name, tensor) in extra ?? new Dictionary<string, Tensor>())
            tensors.Add(name, tensor);
        ModelFolder.Save(folder, tensors, model.Config, "ForMaskedLM", tokenizer, type);
    }

    /// <summary>Names in files of former years, and of bodies that were saved alone, as they are called now.</summary>
    internal static string CurrentName(string name, EncoderConfig config)
    {
        name = name.Replace("LayerNorm.gamma", "LayerNorm.weight", StringComparison.Ordinal).Replace("LayerNorm.beta", "LayerNorm.bias", StringComparison.Ordinal);
        if (name is "lm_head.decoder.bias" or "cls.predictions.decoder.bias")
            return name.Replace(".decoder", "", StringComparison.Ordinal);
        return name.Split('.')[0] is "embeddings" or "encoder" or "pooler" ? $"{config.ModelType}.{name}" : name;
    }
}

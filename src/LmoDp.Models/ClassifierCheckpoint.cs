using LmoDp.Models.Checkpoints;
using LmoDp.Models.Decoders;
using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Prompts;
using LmoDp.Models.Tokenizers;
using static TorchSharp.torch;

namespace LmoDp.Models;

/// <summary>Classifiers of every family in Hugging Face folders.</summary>
public static class ClassifierCheckpoint
{
    /// <summary>A fine-tuned classifier as it was saved.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="weightsFile">A safetensors file to take instead of the folder's weights.</param>
    /// <param name="storage">Where the weights of a Llama are to lie; those of others always lie in memory.</param>
    /// <exception cref="BadInputException">The folder holds no complete classifier.</exception>
    public static TextClassifier Load(string folder, string? weightsFile = null, WeightStorage storage = WeightStorage.Memory) =>
        ClassificationPrompt.Read(folder) is { } prompt && weightsFile is null ? PromptedClassifier.Load(folder, prompt)
        : IsDecoder(folder) ? DecoderCheckpoint.LoadClassifier(folder, weightsFile, storage) : EncoderCheckpoint.LoadClassifier(folder, weightsFile);

    /// <summary>A classifier to be fine-tuned for the given classes; what the folder does not hold for them is drawn anew.</summary>
    /// <param name="folder">The folder of a pre-trained model or of a classifier.</param>
    /// <param name="labels">Names of the classes, by id.</param>
    /// <param name="seed">Of the new layers.</param>
    /// <param name="loaded">Receives which parameters are new.</param>
    /// <param name="storage">Where the weights of a Llama are to lie; those of others always lie in memory.</param>
    /// <exception cref="BadInputException">The folder holds no complete body.</exception>
    public static TextClassifier LoadForClassification(string folder, IReadOnlyList<string> labels, long seed, out LoadedParameters loaded,
        WeightStorage storage = WeightStorage.Memory) => IsDecoder(folder)
        ? DecoderCheckpoint.LoadForClassification(folder, labels, seed, out loaded, storage)
        : EncoderCheckpoint.LoadForClassification(folder, labels, seed, out loaded);

    /// <summary>Writes a classifier into an existing folder, complete for Hugging Face transformers.</summary>
    /// <param name="folder">The folder; see <see cref="AtomicFolder"/>.</param>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="type">The type of the stored numbers.</param>
    /// <exception cref="BadInputException">A parameter does not fit the type.</exception>
    public static void Save(string folder, TextClassifier model, TextTokenizer tokenizer, ScalarType type = ScalarType.Float32)
    {
        if (model is PromptedClassifier prompted)
            prompted.Save(folder, tokenizer, type);
        else
            ModelFolder.Save(folder, ModelFolder.NamedTensors(model), model.Config, "ForSequenceClassification", tokenizer, type);
    }

    /// <summary>Whether a folder's config.json is of a decoder.</summary>
    /// <exception cref="BadInputException">It is missing, malformed, or of a family that is not known.</exception>
    public static bool IsDecoder(string folder) => ModelFolder.ReadConfig(folder, (text, path) =>
    {
        var type = ConfigJson.Parse(text, path).Text("model_type") ?? throw new BadInputException($"{path}: model_type is missing");
        return DecoderConfig.Knows(type) || (EncoderConfig.Knows(type) ? false : throw new BadInputException($"{path}: model_type '{type}' is not known here: bert, roberta, gpt2, llama"));
    });
}

using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Decoders;
using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Prompts;
using LmoDp.Models.Tokenizers;
using LmoDp.Training.Data;

namespace LmoDp.Training.Runs;

/// <summary>A sequence classifier and its tokenizer.</summary>
public sealed class LoadedClassifier : IDisposable
{
    private const int LeastText = 8;

    private LoadedClassifier(TextClassifier model, string folder)
    {
        (Model, Tokenizer) = (model, TextTokenizer.Load(folder));
        if (Tokenizer.VocabSize > model.Config.VocabSize)
            throw new BadInputException(FormattableString.Invariant($"'{folder}': the tokenizer has ids up to {Tokenizer.VocabSize - 1}, but the model's vocab_size is {model.Config.VocabSize}: they are not of one model"));
    }

    /// <summary>The model, float32.</summary>
    public TextClassifier Model { get; }

    /// <summary>Its tokenizer.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>The vectors that stand before each text; null where there are none.</summary>
    public SoftPrompt? SoftPrompt { get; private set; }

    /// <summary>Gives the model a soft prompt of vectors from its word table.</summary>
    /// <param name="length">Number of vectors.</param>
    /// <exception cref="BadInputException">It leaves no room for a text.</exception>
    public SoftPrompt AttachPrompt(int length)
        => SoftPrompt = SoftPrompt.Attach(Model, Model.Config, length, Tokenizer is EncoderTokenizer encoder ? encoder.ClsId : Tokenizer.BosId, TaskModel.FreshSeed);

    /// <summary>A classifier for the given labels: pre-trained body, and a fresh head where the folder has none for them.</summary>
    /// <param name="folder">A model in the Hugging Face layout: pre-trained or fine-tuned.</param>
    /// <param name="labels">The task's labels.</param>
    /// <param name="storage">Where the weights are to lie.</param>
    /// <param name="prompt">The prompt that makes a masked language model a classifier; null for a classifier with a head.</param>
    /// <exception cref="BadInputException">The folder holds no such model.</exception>
    public static LoadedClassifier ForTraining(string folder, IReadOnlyList<string> labels, WeightStorage storage = WeightStorage.Memory, ClassificationPrompt? prompt = null)
    {
        _ = ModelSource.ForTraining(folder, storage);
        return new(prompt is null
            ? ClassifierCheckpoint.LoadForClassification(folder, labels, TaskModel.FreshSeed, out _, storage)
            : PromptedClassifier.Load(folder, prompt, labels), folder);
    }

    /// <summary>A fine-tuned classifier, head included.</summary>
    /// <param name="folder">A whole model, or adapters and a head for one.</param>
    /// <param name="storage">Where the weights are to lie.</param>
    /// <exception cref="BadInputException">The folder holds no such model.</exception>
    public static LoadedClassifier FineTuned(string folder, WeightStorage storage = WeightStorage.Memory)
    {
        if (ClassifierCheckpoint.IsDecoder(folder) && DecoderCheckpoint.ReadConfig(folder).Architectures is { Count: > 0 } kinds && !kinds.Any(kind => kind.EndsWith("ForSequenceClassification", StringComparison.Ordinal)))
            throw new BadInputException($"'{folder}' holds a model that writes, not a classifier: use generate");
        var source = ModelSource.Of(folder, storage);
        if (source.Adapters is null)
        {
            var whole = ClassifierCheckpoint.Load(folder, storage: storage);
            return new(whole, folder) { SoftPrompt = SoftPrompt.Read(folder, whole, whole.Config) };
        }
        var classifier = ClassifierCheckpoint.LoadForClassification(source.Base, DecoderCheckpoint.ReadConfig(folder).Labels, TaskModel.FreshSeed, out _, storage);
        source.Complete(classifier);
        return new(classifier, folder);
    }

    /// <summary>Texts as the model reads them, in its prompt where it has one, after its soft prompt where it has one.</summary>
    /// <param name="data">The texts.</param>
    /// <param name="maxTokens">The longest sequence.</param>
    /// <param name="cancellation">Ends it early.</param>
    public EncodedDataset Encode(TextDataset data, int maxTokens, CancellationToken cancellation = default)
    {
        Func<string, string?, int, EncodedText> encode = Model is PromptedClassifier prompted ? prompted.Prompt.Encode : Tokenizer.Encode;
        if (SoftPrompt?.Ids.Count > maxTokens - LeastText)
            throw new BadInputException(FormattableString.Invariant($"the soft prompt's {SoftPrompt.Ids.Count} vectors leave no room for texts within {maxTokens} tokens: allow more tokens, or train a shorter prompt"));
        return new EncodedDataset(data, SoftPrompt is { Ids: var ids } ? AfterPrompt : encode, Tokenizer.PadId, maxTokens, cancellation);

        EncodedText AfterPrompt(string text, string? pair, int most)
        {
            var encoded = encode(text, pair, most - ids.Count);
            return new EncodedText([.. ids, .. encoded.Ids], [.. new int[ids.Count], .. encoded.TokenTypes]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}

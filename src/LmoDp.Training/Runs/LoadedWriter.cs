using LmoDp.Models.Adapters;
using LmoDp.Models.Decoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;
using LmoDp.Training.Data;

namespace LmoDp.Training.Runs;

/// <summary>A causal language model and its tokenizer.</summary>
public sealed class LoadedWriter : IDisposable
{
    private LoadedWriter(CausalLanguageModel model, string folder)
    {
        (Model, Tokenizer) = (model, TextTokenizer.Load(folder));
        if (Tokenizer.VocabSize > model.Config.VocabSize)
            throw new BadInputException(FormattableString.Invariant($"'{folder}': the tokenizer has ids up to {Tokenizer.VocabSize - 1}, but the model's vocab_size is {model.Config.VocabSize}: they are not of one model"));
    }

    /// <summary>The model, float32.</summary>
    public CausalLanguageModel Model { get; }

    /// <summary>Its tokenizer.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>The vectors that stand before each text; null where there are none.</summary>
    public SoftPrompt? SoftPrompt { get; private set; }

    /// <summary>Gives the model a soft prompt of vectors from its word table.</summary>
    /// <param name="length">Number of vectors.</param>
    /// <exception cref="BadInputException">It leaves no room for a text.</exception>
    public SoftPrompt AttachPrompt(int length) => SoftPrompt = SoftPrompt.Attach(Model, Model.Config, length, Tokenizer.BosId, TaskModel.FreshSeed);

    /// <summary>How source and target become one text, after the soft prompt where there is one.</summary>
    /// <param name="maxTokens">The longest text.</param>
    public PromptLayout Layout(int maxTokens) => new(Tokenizer, maxTokens, SoftPrompt?.Ids);

    /// <summary>The model of a folder, to be trained.</summary>
    /// <param name="folder">A whole model.</param>
    /// <param name="storage">Where the weights are to lie.</param>
    /// <exception cref="BadInputException">The folder holds no whole causal language model.</exception>
    public static LoadedWriter ForTraining(string folder, WeightStorage storage = WeightStorage.Memory) => Load(ModelSource.ForTraining(folder, storage), folder);

    /// <summary>The model of a folder.</summary>
    /// <param name="folder">A whole model, or adapters for one.</param>
    /// <param name="storage">Where the weights are to lie.</param>
    /// <exception cref="BadInputException">The folder holds no causal language model.</exception>
    public static LoadedWriter Load(string folder, WeightStorage storage = WeightStorage.Memory) => Load(ModelSource.Of(folder, storage), folder);

    private static LoadedWriter Load(ModelSource source, string folder)
    {
        var model = DecoderCheckpoint.LoadLanguageModel(source.Base, storage: source.Storage);
        source.Complete(model);
        return new(model, folder) { SoftPrompt = SoftPrompt.Read(folder, model, model.Config) };
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}

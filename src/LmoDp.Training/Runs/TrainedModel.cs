using LmoDp.Models.Adapters;
using LmoDp.Models.Layers;
using TorchSharp.Modules;

namespace LmoDp.Training.Runs;

/// <summary>A model as a run begins with it: loaded, adapters attached, and what is trained chosen.</summary>
internal sealed class TrainedModel : IDisposable
{
    private readonly string? folder;
    private readonly WeightStorage storage;
    private readonly LoraAdapters? adapters;
    private readonly SoftPrompt? prompt;

    /// <summary>The model of a run's settings.</summary>
    /// <exception cref="BadInputException">The folder holds no model that fits the task, or one without such parameters.</exception>
    public static TrainedModel Of(FinetuneSettings settings) => new(
        settings.Files, settings.Model, settings.MaxTokens, settings.Trainable, settings.LoraRank, settings.LoraAlpha, settings.PromptLength, settings.Weights);

    /// <param name="files">The task.</param>
    /// <param name="folder">The model's folder; null for the embedded one.</param>
    /// <param name="maxTokens">Texts are cut to this many tokens.</param>
    /// <param name="trainable">What is trained.</param>
    /// <param name="loraRank">Rank of the LoRA factors.</param>
    /// <param name="loraAlpha">alpha of LoRA.</param>
    /// <param name="promptLength">Vectors of a soft prompt.</param>
    /// <param name="storage">Where the weights are to lie.</param>
    /// <exception cref="BadInputException">The folder holds no model that fits the task, or one without such parameters.</exception>
    public TrainedModel(TaskFiles files, string? folder, int maxTokens, TrainableSet trainable, int loraRank, double loraAlpha, int promptLength, WeightStorage storage)
    {
        (this.folder, this.storage) = (folder, storage);
        Model = files.Load(folder, maxTokens, storage);
        try
        {
            if (trainable == TrainableSet.Lora)
                adapters = LoraAdapters.Attach(Model.Module, new LoraConfig { Rank = loraRank, Alpha = loraAlpha }, TaskModel.FreshSeed);
            if (trainable == TrainableSet.Prompt)
                prompt = Model.AttachPrompt(promptLength);
            Parameters = TrainableParameters.Select(Model.Module, trainable);
        }
        catch
        {
            Model.Dispose();
            throw;
        }
    }

    /// <summary>The model and its task.</summary>
    public TaskModel Model { get; }

    /// <summary>What is trained, by name.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>Folds adapters, if there are any, into the weights, at the end. Folded into bfloat16 weights that stay in their file they would be rounded away: those stay apart.</summary>
    public void Finish()
    {
        if (!StaysApart)
            adapters?.Merge();
    }

    /// <summary>Writes the model, or its adapters where they stay apart, and the tokenizer into an existing folder.</summary>
    public void Save(string result)
    {
        if (StaysApart)
            Model.SaveAdapters(result, adapters!, folder!);
        else
            Model.Save(result);
        prompt?.Save(result, Model.Module);
    }

    private bool StaysApart => storage == WeightStorage.Mapped && adapters is not null;

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}

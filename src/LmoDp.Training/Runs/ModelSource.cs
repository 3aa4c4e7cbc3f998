using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Decoders;
using LmoDp.Models.Layers;
using static TorchSharp.torch;

namespace LmoDp.Training.Runs;

/// <summary>A folder that a user names as a model: a whole one, or adapters for one that lies elsewhere.</summary>
/// <param name="Base">The folder with the weights.</param>
/// <param name="Adapters">The folder with adapters; null for a whole model.</param>
/// <param name="Storage">Where the weights are to lie.</param>
internal sealed record ModelSource(string Base, string? Adapters, WeightStorage Storage)
{
    /// <summary>What a folder holds.</summary>
    /// <exception cref="BadInputException">The base model is missing, or its weights cannot be left in their files.</exception>
    public static ModelSource Of(string folder, WeightStorage storage)
    {
        var adapters = AdapterFolder.Holds(folder) ? folder : null;
        var weights = adapters is null ? folder : AdapterFolder.BaseModel(folder);
        if (storage == WeightStorage.Mapped && !(ClassifierCheckpoint.IsDecoder(weights) && DecoderCheckpoint.ReadConfig(weights).IsLlama))
            throw new BadInputException($"--weights mapped is for Llama models, and '{weights}' holds another: leave it out");
        return new ModelSource(weights, adapters, storage);
    }

    /// <summary>A model to be trained further, which must be a whole one.</summary>
    /// <exception cref="BadInputException">As in <see cref="Of"/>, or there are only adapters.</exception>
    public static ModelSource ForTraining(string folder, WeightStorage storage) => Of(folder, storage) is { Adapters: null } whole
        ? SoftPrompt.Holds(folder) ? throw new BadInputException($"'{folder}' holds a model with a soft prompt, which would be lost: train the model that the prompt was made for") : whole
        : throw new BadInputException($"'{folder}' holds adapters only: train their base model, or a model that was fine-tuned without --weights mapped");

    /// <summary>Adds the adapters: folded into weights that lie in memory, beside mapped ones.</summary>
    public void Complete(nn.Module model)
    {
        if (Adapters is null)
            return;
        var attached = AdapterFolder.Attach(Adapters, model);
        if (Storage == WeightStorage.Memory)
            attached.Merge();
    }
}

using static TorchSharp.torch;

namespace LmoDp.Models.Layers;

/// <summary>Where the weights of a model's linear layers lie.</summary>
public enum WeightStorage
{
    /// <summary>In memory, float32: every parameter can be trained.</summary>
    Memory,

    /// <summary>
    /// In the checkpoint's files, as they were stored, mapped into memory: the kernel reads pages when they are needed and may drop them again. Each weight is widened to float32
    /// while it is used. What is trained are adapters, norms, embeddings and the head of a classifier. The files must not change meanwhile.
    /// </summary>
    Mapped,
}

/// <summary>Makes the linear layers of a model, which have no biases.</summary>
internal sealed class LinearFactory(WeightStorage storage)
{
    private readonly WideningBuffer? buffer = storage == WeightStorage.Mapped ? new WideningBuffer() : null;

    /// <summary>A layer of the given widths; one for mapped weights has none yet.</summary>
    public nn.Module<Tensor, Tensor> Create(long inputSize, long outputSize) => buffer is null ? nn.Linear(inputSize, outputSize, hasBias: false) : new WideningLinear(inputSize, outputSize, buffer);
}

using static TorchSharp.torch;

namespace LmoDp.Training.FirstOrder;

/// <summary>Where the optimiser's gradients come from: private or not, the training loop is the same.</summary>
public abstract class GradientSource : IDisposable
{
    /// <summary>The mean gradient that a step descends on.</summary>
    /// <param name="step">From 0.</param>
    /// <returns>For each trained parameter its gradient, float32, of the parameter's shape; the tensors belong to the caller's dispose scope.</returns>
    public abstract IReadOnlyDictionary<string, Tensor> Next(int step);

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

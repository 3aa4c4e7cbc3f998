using LmoDp.Training.FirstOrder;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>Gradients of the pre-training loss on public text, shortened to norm 1 where they are longer (Pascanu et al. 2013). Nothing here is private.</summary>
/// <param name="model">The model.</param>
/// <param name="sampler">Draws batches.</param>
/// <param name="settings">How to train.</param>
public sealed class PretrainingGradient(PretrainingModel model, SpanSampler sampler, PretrainingSettings settings) : GradientSource
{
    private const double LongestGradient = 1;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Next(int step)
    {
        using var region = new UncollectedRegion();
        var named = model.named_parameters().ToArray();
        var loss = model.call(settings.Batch(sampler, settings.Seed, step));
        var gradients = autograd.grad([loss], named.Select(entry => (Tensor)entry.parameter).ToList());
        var squares = gradients.Sum(gradient => gradient.square().sum().item<float>());
        var factor = Math.Min(1, LongestGradient / Math.Sqrt(squares));
        return named.Zip(gradients, (entry, gradient) => KeyValuePair.Create(entry.name, gradient * factor)).ToDictionary();
    }
}

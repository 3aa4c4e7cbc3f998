using LmoDp.Training.FirstOrder;
using LmoDp.Training.Loop;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>Gradients of the pre-training loss on public text, shortened to norm 1 where they are longer (Pascanu et al. 2013). Nothing here is private.</summary>
/// <param name="objective">The model and its batches.</param>
public sealed class PretrainingGradient(PretrainingObjective objective) : GradientSource
{
    private const double LongestGradient = 1;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Next(int step)
    {
        using var region = new UncollectedRegion();
        var named = objective.Module.named_parameters().ToArray();
        var loss = objective.Loss(step);
        var gradients = autograd.grad([loss], named.Select(entry => (Tensor)entry.parameter).ToList());
        var squares = gradients.Sum(gradient => gradient.square().sum().item<float>());
        var factor = Math.Min(1, LongestGradient / Math.Sqrt(squares));
        return named.Zip(gradients, (entry, gradient) => KeyValuePair.Create(entry.name, gradient * factor)).ToDictionary();
    }
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Data;
using LmoDp.Training.FirstOrder;
using LmoDp.Training.Objectives;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Auditing;

/// <summary>What is wrong with a <see cref="HomeMadeGradient"/>.</summary>
internal enum Bug
{
    None,

    /// <summary>The noise has half its size.</summary>
    NoiseHalved,

    /// <summary>The gradients of one parameter are neither measured nor shortened.</summary>
    ClipSkippedForOneLayer,

    /// <summary>The sum is divided by the number of rows that were drawn.</summary>
    DividedByTheDrawnSize,
}

/// <summary>A private gradient as one might write it, example by example, with a bug.</summary>
internal sealed class HomeMadeGradient(Objective objective, UnitsOfPrivacy units, IReadOnlyList<(string Name, Parameter Parameter)> parameters, PrivacyPlan plan, long seed, Bug bug) : GradientSource
{
    public override IReadOnlyDictionary<string, Tensor> Next(int step)
    {
        using var random = AesCtrRandomSource.FromSeed(seed, FormattableString.Invariant($"home-made {step}"));
        var drawn = new PoissonSubsampler(plan.SamplingRate).Draw(random, units.Count).SelectMany(unit => units.Examples(unit)).ToArray();
        Tensor[] trained = [.. parameters.Select(entry => entry.Parameter)];
        Tensor[] sums = [.. trained.Select(parameter => zeros(parameter.shape, ScalarType.Float64))];
        foreach (var parameter in parameters)
            parameter.Parameter.requires_grad_(true);
        foreach (var example in drawn)
        {
            using var scope = NewDisposeScope();
            Tensor[] gradients = [.. autograd.grad([objective.Losses([example]).sum()], trained, allow_unused: true).Select((found, i) => found.IsInvalid ? zeros_like(sums[i]) : found.to(ScalarType.Float64))];
            Clip(gradients);
            for (var i = 0; i < sums.Length; i++)
                sums[i].add_(gradients[i]);
        }
        foreach (var parameter in parameters)
            parameter.Parameter.requires_grad_(false);
        var divisor = bug == Bug.DividedByTheDrawnSize ? Math.Max(1, drawn.Length) : plan.ExpectedBatchSize;
        var law = bug == Bug.NoiseHalved ? plan.Release.Noise.Scale(0.5) : plan.Release.Noise;
        return parameters.Zip(sums, (entry, sum) =>
        {
            var noise = new double[sum.numel()];
            law.Sample(random, noise);
            return KeyValuePair.Create(entry.Name, ((sum + tensor(noise).view(sum.shape) * plan.Sensitivity) / divisor).to(ScalarType.Float32));
        }).ToDictionary();
    }

    private void Clip(Tensor[] gradients)
    {
        var clipped = Enumerable.Range(0, gradients.Length).Where(i => bug != Bug.ClipSkippedForOneLayer || i != 0).ToArray();
        var norm = Math.Sqrt(clipped.Sum(i => gradients[i].square().sum().item<double>()));
        foreach (var i in clipped)
            gradients[i].mul_(Math.Min(1, plan.ClippingNorm / norm));
    }
}

using LmoDp.Models;
using LmoDp.Privacy.Sampling;
using LmoDp.Training.Data;
using LmoDp.Training.Objectives;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.FirstOrder;

/// <summary>
/// Mean gradients of shuffled batches, without clipping or noise: what private training is compared with. It gives no guarantee whatever. While it lives, only the trained
/// parameters require gradients.
/// </summary>
public sealed class PlainGradient : GradientSource
{
    private readonly Objective objective;
    private readonly IReadOnlyList<(string Name, Parameter Parameter)> parameters;
    private readonly int batchSize, tokenBudget;
    private readonly long seed;
    private readonly List<Parameter> frozen = [];

    /// <param name="objective">The loss.</param>
    /// <param name="parameters">What is trained.</param>
    /// <param name="batchSize">Examples a step, at least 1.</param>
    /// <param name="tokenBudget">Tokens in a micro-batch.</param>
    /// <param name="seed">Of the shuffling.</param>
    public PlainGradient(Objective objective, IReadOnlyList<(string Name, Parameter Parameter)> parameters, int batchSize, int tokenBudget, long seed)
    {
        (this.objective, this.parameters, this.batchSize, this.tokenBudget, this.seed) = (objective, parameters, batchSize, tokenBudget, seed);
        var trained = parameters.Select(entry => entry.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, parameter) in objective.Model.named_parameters())
        {
            if (trained.Contains(name) || !parameter.requires_grad)
                continue;
            parameter.requires_grad_(false);
            frozen.Add(parameter);
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Next(int step)
    {
        var trained = parameters.Select(entry => (Tensor)entry.Parameter).ToList();
        var sums = trained.Select(parameter => zeros_like(parameter)).ToList();
        var batch = Batch(step);
        foreach (var examples in MicroBatches.Divide(batch, objective.Length, tokenBudget))
        {
            using var scope = NewDisposeScope();
            var gradients = autograd.grad([objective.Losses(examples).sum()], trained, allow_unused: true);
            for (var i = 0; i < sums.Count; i++)
            {
                if (!gradients[i].IsInvalid)
                    sums[i].add_(gradients[i], KeptNumbers.One);
            }
        }
        using Scalar count = batch.Count; // kept until the divisions are done
        return parameters.Zip(sums, (entry, sum) => KeyValuePair.Create(entry.Name, sum.div_(count))).ToDictionary();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        frozen.ForEach(parameter => parameter.requires_grad_(true));
        base.Dispose();
    }

    /// <summary>The step's examples: each pass over the data has an order of its own, which depends on the seed and the pass only.</summary>
    private List<int> Batch(int step)
    {
        var size = Math.Min(batchSize, objective.Count);
        var batch = new List<int>(size);
        for (var at = (long)step * size; batch.Count < size; at++)
            batch.Add(Order(at / objective.Count)[(int)(at % objective.Count)]);
        return batch;
    }

    private int[] Order(long pass)
    {
        if (order.Pass != pass)
        {
            var shuffled = Enumerable.Range(0, objective.Count).ToArray();
            using var random = AesCtrRandomSource.FromSeed(seed, FormattableString.Invariant($"shuffle {pass}"));
            for (var left = shuffled.Length; left > 1; left--) // the modulus favours some orders by 1 part in 2^32 at most: nothing here is private
            {
                var chosen = (int)(random.NextUInt64() % (ulong)left);
                (shuffled[left - 1], shuffled[chosen]) = (shuffled[chosen], shuffled[left - 1]);
            }
            order = (pass, shuffled);
        }
        return order.Examples;
    }

    private (long Pass, int[] Examples) order = (-1, []);
}

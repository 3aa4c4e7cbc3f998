using LmoDp.Training.Data;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace LmoDp.Training.Evaluation;

/// <summary>How surprising the targets of a data set are to a language model: exp of the mean cross-entropy over all target tokens, ends included.</summary>
public static class Perplexity
{
    /// <summary>Most tokens in one batch, padding included.</summary>
    private const int TokenBudget = 8192;

    /// <summary>The perplexity of pairs. It depends on the tokenizer: only models with one vocabulary compare.</summary>
    /// <param name="objective">The model's losses on the pairs.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="progress">Told how many pairs are read.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    public static double Of(GenerationObjective objective, EncodedPairs pairs, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        using var noGrad = no_grad();
        var (nats, tokens, read) = (0.0, 0L, 0);
        foreach (var examples in MicroBatches.Divide(Enumerable.Range(0, pairs.Count), objective.Length, TokenBudget))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var losses = objective.Losses(examples).cpu().data<float>().ToArray();
            nats += losses.Zip(examples, (loss, example) => (double)loss * pairs[example].Targets).Sum();
            tokens += examples.Sum(example => (long)pairs[example].Targets);
            progress?.Report(read += examples.Length);
        }
        return Math.Exp(nats / tokens);
    }
}

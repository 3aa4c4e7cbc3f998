namespace LmoDp.Training.Pretraining;

/// <summary>How to pre-train: everything that, with the text and the sizes of the model, determines the weights.</summary>
/// <param name="Steps">Optimiser steps.</param>
/// <param name="TokensPerBatch">Tokens a step, all spans together.</param>
/// <param name="LearningRate">The peak; warmed up over the first <paramref name="WarmUpShare"/> of the steps, then falling to 0 linearly.</param>
/// <param name="WarmUpShare">Between 0 and 1.</param>
/// <param name="WeightDecay">Decoupled, on matrices only.</param>
/// <param name="ToneWeight">Weight of the tone objective (<see cref="PretrainingModel"/>) beside the masked-LM loss; 0 turns it off.</param>
/// <param name="Seed">Of the initial weights and the batches.</param>
public sealed record PretrainingSettings(
    int Steps,
    int TokensPerBatch = 4096,
    double LearningRate = 1.5e-3,
    double WarmUpShare = 0.03,
    double WeightDecay = 0.01,
    double ToneWeight = 0,
    long Seed = 1)
{
    /// <summary>Lengths of the spans of a batch, special tokens included, and how often each is used: short ones are cheap and most texts are short.</summary>
    private static readonly (int Tokens, double Share)[] SpanLengths = [(16, 0.2), (32, 0.4), (64, 0.25), (128, 0.1), (256, 0.05)];

    /// <summary>The longest span, special tokens included.</summary>
    public static int LongestSpan => SpanLengths[^1].Tokens;

    /// <summary>A batch of spans of one length, which the seed and the number determine.</summary>
    public MaskedBatch Batch(SpanSampler sampler, long seed, long number)
    {
        var at = new Random(unchecked((int)(seed * 7919 + number))).NextDouble();
        var length = Array.Find(SpanLengths, choice => (at -= choice.Share) < 0).Tokens;
        length = length == 0 ? LongestSpan : length;
        return sampler.Draw(seed, number, Math.Max(1, TokensPerBatch / length), length);
    }
}

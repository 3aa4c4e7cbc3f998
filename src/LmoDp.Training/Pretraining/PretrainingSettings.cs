namespace LmoDp.Training.Pretraining;

/// <summary>How to pre-train: everything that, with the text and the recipe, determines the weights.</summary>
/// <param name="Steps">Optimiser steps.</param>
/// <param name="TokensPerBatch">Tokens a step, all spans together.</param>
/// <param name="LearningRate">The peak; warmed up over the first <paramref name="WarmUpShare"/> of the steps, then falling to 0 linearly.</param>
/// <param name="WarmUpShare">Between 0 and 1.</param>
/// <param name="WeightDecay">Decoupled, on matrices only.</param>
/// <param name="Seed">Of the initial weights and the batches.</param>
public sealed record PretrainingSettings(
    int Steps,
    int TokensPerBatch = 4096,
    double LearningRate = 1.5e-3,
    double WarmUpShare = 0.03,
    double WeightDecay = 0.01,
    long Seed = 1);

using LmoDp.Models.Decoders;
using LmoDp.Training.Data;
using static TorchSharp.torch;

namespace LmoDp.Training.Objectives;

/// <summary>Cross-entropy of the targets under a causal language model: for each example the mean over its own target tokens and the end.</summary>
/// <param name="model">The model.</param>
/// <param name="pairs">The examples.</param>
/// <param name="device">Where the model lies.</param>
public sealed class GenerationObjective(CausalLanguageModel model, EncodedPairs pairs, Device device) : Objective
{
    /// <summary>Scores that take as much memory and time as a token's way through a body does.</summary>
    private const int ScoresPerToken = 8192;

    /// <inheritdoc/>
    public override nn.Module Model => model;

    /// <inheritdoc/>
    public override int Count => pairs.Count;

    /// <inheritdoc/>
    /// <remarks>With a large vocabulary the scores weigh more than the tokens.</remarks>
    public override int Length(int example) => Math.Max(pairs[example].Ids.Length, (int)((long)pairs[example].Targets * model.Config.VocabSize / ScoresPerToken));

    /// <inheritdoc/>
    public override BatchShape Shape(int example) => pairs.Shape(example, (double)model.Config.VocabSize / ScoresPerToken);

    /// <inheritdoc/>
    public override int Row(int example) => pairs.Row(example, Shape(example));

    /// <inheritdoc/>
    public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
    {
        var batch = pairs.Batch(examples, device, shape);
        var scores = model.LogitsAt(batch.Inputs, batch.Positions);
        var losses = TokenCrossEntropy.Of(scores.view(-1, scores.shape[2]), batch.Targets.view(-1));
        return losses.view(batch.Weights.shape).mul(batch.Weights).sum(1L);
    }
}

using LmoDp.Models;
using LmoDp.Models.Encoders;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace PrivateStep;

/// <summary>Random texts of one length, without padding: the costliest batches for their number of examples.</summary>
internal sealed class SyntheticObjective(SequenceClassifier model, int microBatches, int batch, int tokens) : Objective
{
    private readonly Tensor ids = randint(2, model.Config.VocabSize, [microBatches * batch, tokens], dtype: ScalarType.Int64);
    private readonly Tensor labels = zeros(microBatches * batch, ScalarType.Int64);

    /// <summary>Tokens of a micro-batch.</summary>
    public int TokenBudget => batch * tokens;

    /// <summary>The first micro-batch.</summary>
    public int[] First { get; } = [.. Enumerable.Range(0, batch)];

    public override nn.Module Model => model;

    public override int Count => microBatches * batch;

    public override int Length(int example) => tokens;

    public override Tensor Losses(IReadOnlyList<int> examples)
    {
        var rows = tensor(examples.Select(example => (long)example).ToArray());
        return nn.functional.cross_entropy(model.call(new TokenBatch(ids.index_select(0, rows))), labels.index_select(0, rows), reduction: nn.Reduction.None);
    }

    public override void Dispose()
    {
        model.Dispose();
        ids.Dispose();
        labels.Dispose();
        base.Dispose();
    }
}

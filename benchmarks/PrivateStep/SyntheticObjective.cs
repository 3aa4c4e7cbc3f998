using LmoDp.Models;
using LmoDp.Models.Decoders;
using LmoDp.Training.Data;
using LmoDp.Training.Objectives;
using static TorchSharp.torch;

namespace PrivateStep;

/// <summary>Random texts of one length, without padding: the costliest batches for their number of examples.</summary>
internal abstract class SyntheticObjective(int microBatches, int batch, int tokens) : Objective
{
    /// <summary>Tokens of a micro-batch.</summary>
    public int TokenBudget => batch * tokens;

    /// <summary>The first micro-batch.</summary>
    public int[] First { get; } = [.. Enumerable.Range(0, batch)];

    public override int Count => microBatches * batch;

    public override int Length(int example) => tokens;

    public override BatchShape Shape(int example) => new(batch, tokens);

    public override int Row(int example) => example % batch;

    public override void Dispose()
    {
        Model.Dispose();
        base.Dispose();
    }
}

/// <summary>Labels for texts.</summary>
internal sealed class SyntheticLabelling(TextClassifier model, int microBatches, int batch, int tokens) : SyntheticObjective(microBatches, batch, tokens)
{
    private readonly Tensor ids = randint(2, model.Config.VocabSize, [microBatches * batch, tokens], dtype: ScalarType.Int64);
    private readonly Tensor labels = zeros(microBatches * batch, ScalarType.Int64);

    public override nn.Module Model => model;

    public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
    {
        var rows = tensor(examples.Select(example => (long)example).ToArray());
        return nn.functional.cross_entropy(model.call(new TokenBatch(ids.index_select(0, rows))), labels.index_select(0, rows), reduction: nn.Reduction.None);
    }
}

/// <summary>Targets for sources of the same length.</summary>
internal sealed class SyntheticWriting : SyntheticObjective
{
    private readonly GenerationObjective objective;

    public SyntheticWriting(CausalLanguageModel model, int microBatches, int batch, int tokens) : base(microBatches, batch, tokens)
    {
        var random = new Random(1);
        objective = new GenerationObjective(model, new EncodedPairs([.. Enumerable.Range(0, Count).Select(_ =>
            new EncodedPair([.. Enumerable.Range(0, tokens).Select(_ => random.Next(model.Config.VocabSize))], tokens / 2))]), CPU);
    }

    public override nn.Module Model => objective.Model;

    public override BatchShape Shape(int example) => objective.Shape(example);

    public override int Row(int example) => example % Shape(example).Rows;

    public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null) => objective.Losses(examples, shape);
}

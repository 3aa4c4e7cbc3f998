using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Evaluation;
using LmoDp.Training.Objectives;
using LmoDp.Training.Runs;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Objectives;

public sealed class GenerationObjectiveTests : IDisposable
{
    private static readonly GenerationDataset Data = new("test",
    [
        [new("abc", "cab ba abc", null)], [new("ab ab ab ab", "c", null)], [new("cab", "ab", null), new("cab", "abba bab ab abc", null)], [new("b", "", null)],
    ]);

    private readonly TemporaryFolder folder = new();
    private readonly LoadedWriter writer;
    private readonly EncodedPairs pairs;

    public GenerationObjectiveTests()
    {
        writer = LoadedWriter.Load(TinyWriter.Write(folder.File("model")));
        pairs = new EncodedPairs(Data, new PromptLayout(writer.Tokenizer, TinyWriter.MaxTokens));
    }

    public void Dispose()
    {
        writer.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void ALossIsTheMeanOverTheTargetAndItsEndOnly()
    {
        using var scope = NewDisposeScope();
        using var objective = new GenerationObjective(writer.Model, pairs, CPU);
        var losses = objective.Losses([0, 1, 2, 3, 4]).data<float>().ToArray();
        for (var example = 0; example < 5; example++)
            Assert.Equal(PlainLoss(example).item<float>(), losses[example], 1e-5);
        var tokens = Enumerable.Range(0, 5).Sum(example => pairs[example].Targets);
        Assert.Equal(Math.Exp(losses.Select((loss, example) => loss * pairs[example].Targets).Sum() / tokens), Perplexity.Of(objective, pairs, cancellation: TestContext.Current.CancellationToken), 1e-3);
    }

    [Theory]
    [InlineData(TrainableSet.Full)]
    [InlineData(TrainableSet.Bias)]
    [InlineData(TrainableSet.Lora)]
    public void ClippedSumsAreThoseOfExplicitClipping(TrainableSet set)
    {
        using var scope = NewDisposeScope();
        writer.Model.to(ScalarType.Float64);
        if (set == TrainableSet.Lora)
            TestModels.Randomise(LoraAdapters.Attach(writer.Model, new LoraConfig { Rank = 2 }, seed: 9));
        var trainable = TrainableParameters.Select(writer.Model, set);
        var expected = ExplicitClipping.Run(trainable, 5, PlainLoss);
        using var objective = new GenerationObjective(writer.Model, pairs, CPU);
        using var clipping = new PerExampleClipping(writer.Model, trainable, new FlatClipping(expected.Clip), roundNormsUp: false);
        var batch = clipping.Accumulate(5, () => objective.Losses([0, 1, 2, 3, 4]));
        Assert.Equal(2, batch.Factors.Count(factor => factor < 1));
        Assert.InRange(expected.Error(batch, clipping.Sums), 0, 1e-7);
    }

    /// <summary>The loss of one example from all its logits, with torch's own cross-entropy.</summary>
    private Tensor PlainLoss(int example)
    {
        var pair = pairs[example];
        var ids = tensor(pair.Ids.Select(id => (long)id).ToArray()).unsqueeze(0);
        var logits = writer.Model.call(new TokenBatch(ids))[0].narrow(0, pair.Start - 1, pair.Targets);
        return nn.functional.cross_entropy(logits, ids[0].narrow(0, pair.Start, pair.Targets));
    }
}

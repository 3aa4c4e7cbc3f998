using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Privacy.Sampling;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Auditing;
using LmoDp.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Objectives;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Auditing;

/// <summary>A canary adds the clipping norm at its place and nothing elsewhere, whatever layer it sits in and whatever rows share its micro-batch.</summary>
public sealed class GradientCanaryTests
{
    private const double Clip = 0.3;

    [Theory]
    [InlineData("roberta", TrainableSet.Full)]
    [InlineData("roberta", TrainableSet.Bias)]
    [InlineData("bert", TrainableSet.Lora)]
    [InlineData("bert", TrainableSet.Head)]
    [InlineData("gpt2", TrainableSet.Full)]
    [InlineData("llama", TrainableSet.Full)]
    [InlineData("llama", TrainableSet.Lora)]
    public void CanariesAddTheClippingNormAtTheirPlacesOnly(string kind, TrainableSet set)
    {
        using var scope = NewDisposeScope();
        using var rows = new Rows(kind);
        if (set == TrainableSet.Lora)
            TestModels.Randomise(LoraAdapters.Attach(rows.Model, new LoraConfig { Rank = 2, Alpha = 4 }, 1));
        var trained = TrainableParameters.Select(rows.Model, set);
        var parameters = ProbedParameter.Of(rows.Model, trained);
        Assert.Equal(trained.Select(entry => entry.Name).Order(), parameters.Select(parameter => parameter.Name).Order());
        var canaries = GradientCanary.Choose(parameters, 100, AesCtrRandomSource.FromSeed(1, "places"));
        using var clipping = new PerExampleClipping(rows.Model, trained, new FlatClipping(Clip));
        var objective = new CanaryObjective(rows, canaries, 100 * Clip);

        double[] without = Sums(Enumerable.Range(0, rows.Count)), all = Sums(Enumerable.Range(0, objective.Count)), mixed = Sums([0, 1, 2, 3, 4, 17, 31, 5, 60]);
        var offsets = Offsets();
        var expected = without.ToArray();
        foreach (var canary in canaries)
            expected[offsets[canary.Parameter.Name] + canary.Index] += Clip;
        Assert.All(expected.Zip(all), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Equal(4 * Clip, mixed.Zip(without, (sum, other) => sum - other).Sum(), 1e-3);

        double[] Sums(IEnumerable<int> examples)
        {
            clipping.Reset();
            foreach (var batch in MicroBatches.Divide(examples, objective.Length, 2048))
                clipping.Accumulate(batch.Length, () => objective.Losses(batch));
            return [.. clipping.Sums.SelectMany(entry => entry.Sum.reshape(-1).ToDoubles())];
        }

        Dictionary<string, long> Offsets()
        {
            var (starts, at) = (new Dictionary<string, long>(), 0L);
            foreach (var (name, _, sum) in clipping.Sums)
            {
                starts.Add(name, at);
                at += sum.numel();
            }
            return starts;
        }
    }

    [Fact]
    public void EveryParameterHasItsShareAndNoPlaceIsTakenTwice()
    {
        using var rows = new Rows("roberta");
        var parameters = ProbedParameter.Of(rows.Model, TrainableParameters.Select(rows.Model, TrainableSet.Full));
        var canaries = GradientCanary.Choose(parameters, 300, AesCtrRandomSource.FromSeed(1, "places"));
        Assert.Equal(300, canaries.Distinct().Count());
        Assert.All(canaries, canary => Assert.InRange(canary.Index, 0, canary.Parameter.Count - 1));
        Assert.All(parameters, parameter => Assert.InRange(canaries.Count(canary => canary.Parameter == parameter), Math.Min(parameter.Count, 300 / parameters.Count), 10));
    }

    [Fact]
    public void AsManyCanariesAsTrainedNumbersAndNoMore()
    {
        using var layer = nn.Linear(3, 2);
        var parameters = ProbedParameter.Of(layer, [("weight", layer.weight!), ("bias", layer.bias!)]);
        Assert.Equal(8, GradientCanary.Choose(parameters, 8, AesCtrRandomSource.FromSeed(1, "places")).Distinct().Count());
        Assert.Contains("only 8", Assert.Throws<BadInputException>(() => GradientCanary.Choose(parameters, 9, AesCtrRandomSource.FromSeed(1, "places"))).Message);
    }

    /// <summary>Five rows under a small classifier.</summary>
    private sealed class Rows(string kind) : Objective
    {
        private readonly TextClassifier model = kind is "bert" or "roberta" ? TestModels.Classifier(kind, ScalarType.Float32) : TestDecoders.Classifier(kind, ScalarType.Float32);

        public override nn.Module Model => model;

        public override int Count => 5;

        public override int Length(int example) => 11;

        public override BatchShape Shape(int example) => new(4, 12);

        public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
        {
            var (inputs, labels) = TestModels.Batch(kind);
            var chosen = tensor(examples.Select(example => (long)example).ToArray());
            var batch = new TokenBatch(inputs.InputIds.index_select(0, chosen), inputs.AttentionMask?.index_select(0, chosen), inputs.TokenTypeIds?.index_select(0, chosen));
            return nn.functional.cross_entropy(model.call(batch), labels.index_select(0, chosen), reduction: nn.Reduction.None);
        }

        public override void Dispose()
        {
            model.Dispose();
            base.Dispose();
        }
    }
}

using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Clipping;

/// <summary>Book-keeping gives what explicit per-example clipping gives, on BERT and RoBERTa with padding, repeated tokens and tied weights.</summary>
public sealed class BookKeepingTests
{
    public static TheoryData<string, TrainableSet, ScalarType> Classifiers
    {
        get
        {
            var data = new TheoryData<string, TrainableSet, ScalarType>();
            foreach (var type in new[] { "bert", "roberta" })
            {
                foreach (var set in Enum.GetValues<TrainableSet>())
                {
                    data.Add(type, set, ScalarType.Float32);
                    data.Add(type, set, ScalarType.Float64);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Classifiers))]
    public void ClassifierEqualsExplicitClipping(string type, TrainableSet set, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var (model, exact) = (TestModels.Classifier(type, dtype), TestModels.Classifier(type, ScalarType.Float64));
        if (set == TrainableSet.Lora)
        {
            foreach (var adapted in new[] { model, exact })
                TestModels.Randomise(LoraAdapters.Attach(adapted, new LoraConfig { Rank = 2 }, seed: 9));
        }
        var (inputs, labels) = TestModels.Batch(type);
        if (set == TrainableSet.Prompt)
        {
            foreach (var (prompted, config) in new[] { (model, model.Config), (exact, exact.Config) })
                SoftPrompt.Attach(prompted, config, 3, openingId: 7, seed: 9);
            inputs = TestModels.AfterPrompt(inputs, model.Config.VocabSize, 3);
        }
        var expected = ExplicitClipping.Run(
            TrainableParameters.Select(exact, set), 5, i => nn.functional.cross_entropy(exact.call(TestModels.Slice(inputs, i, 1)), labels.narrow(0, i, 1)));

        using var clipping = new PerExampleClipping(model, TrainableParameters.Select(model, set), new FlatClipping(expected.Clip), roundNormsUp: false);
        var batch = clipping.Accumulate(5, () => nn.functional.cross_entropy(model.call(inputs), labels, reduction: nn.Reduction.None));

        Assert.Equal(2, batch.Factors.Count(factor => factor < 1));
        Assert.InRange(expected.Error(batch, clipping.Sums), 0, dtype == ScalarType.Float64 ? 1e-7 : 1e-5);
    }

    [Theory]
    [InlineData("bert", TrainableSet.Full)]
    [InlineData("bert", TrainableSet.Bias)]
    [InlineData("roberta", TrainableSet.Full)]
    [InlineData("roberta", TrainableSet.Bias)]
    public void TiedDecoderEqualsExplicitClipping(string type, TrainableSet set)
    {
        using var scope = NewDisposeScope();
        var model = TestModels.MaskedLm(type, ScalarType.Float64);
        var trainable = TrainableParameters.Select(model, set);
        var (inputs, _) = TestModels.Batch(type);
        var expected = ExplicitClipping.Run(trainable, 5, i => Losses(TestModels.Slice(inputs, i, 1)).sum());

        using var clipping = new PerExampleClipping(model, trainable, new FlatClipping(expected.Clip), roundNormsUp: false);
        var batch = clipping.Accumulate(5, () => Losses(inputs));

        Assert.InRange(expected.Error(batch, clipping.Sums), 0, 1e-7);
        Assert.Equal(set == TrainableSet.Full ? 1 : 0, clipping.Sums.Count(sum => sum.Name.EndsWith("word_embeddings.weight", StringComparison.Ordinal)));

        Tensor Losses(TokenBatch batch) // predict each real token's successor: any loss does
        {
            var scores = model.call(batch).log_softmax(-1).gather(2, batch.InputIds.roll(-1, 1).unsqueeze(2)).squeeze(2);
            var mask = batch.AttentionMask!.to(ScalarType.Float64);
            return -(scores * mask).sum(1L) / mask.sum(1L);
        }
    }
}

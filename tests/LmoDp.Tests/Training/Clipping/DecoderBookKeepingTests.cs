using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Decoders;
using LmoDp.Tests.Models.Decoders;
using LmoDp.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Clipping;

/// <summary>Book-keeping gives what explicit per-example clipping gives, on GPT-2 and Llama: tied heads, weights that lie the other way round, RMS norms, rotary attention, adapters.</summary>
public sealed class DecoderBookKeepingTests
{
    private const int Batch = 5;

    public static TheoryData<string, TrainableSet, ScalarType> LanguageModels
    {
        get
        {
            var data = new TheoryData<string, TrainableSet, ScalarType>();
            foreach (var kind in TestDecoders.Kinds)
            {
                foreach (var set in Enum.GetValues<TrainableSet>().Where(set => Has(kind, set)))
                {
                    data.Add(kind, set, ScalarType.Float32);
                    data.Add(kind, set, ScalarType.Float64);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(LanguageModels))]
    public void LanguageModelEqualsExplicitClipping(string kind, TrainableSet set, ScalarType type)
    {
        using var scope = NewDisposeScope();
        var (model, exact) = (TestDecoders.LanguageModel(kind, type), TestDecoders.LanguageModel(kind));
        Adapt(set, model, exact);
        var (inputs, _) = TestDecoders.Batch();
        var expected = ExplicitClipping.Run(TrainableParameters.Select(exact, set), Batch, i => Losses(exact, TestModels.Slice(inputs, i, 1)).sum());

        using var clipping = new PerExampleClipping(model, TrainableParameters.Select(model, set), new FlatClipping(expected.Clip), roundNormsUp: false);
        var batch = clipping.Accumulate(Batch, () => Losses(model, inputs));

        Assert.Equal(2, batch.Factors.Count(factor => factor < 1));
        Assert.InRange(expected.Error(batch, clipping.Sums), 0, type == ScalarType.Float64 ? 1e-7 : 2e-5);
        Assert.All(clipping.Sums, sum => Assert.True(sum.Sum.abs().max().item<double>() > 0, sum.Name));
    }

    [Theory]
    [InlineData("gpt2", TrainableSet.Full)]
    [InlineData("gpt2", TrainableSet.Lora)]
    [InlineData("llama-grouped", TrainableSet.Full)]
    [InlineData("llama-grouped", TrainableSet.Lora)]
    [InlineData("llama-grouped", TrainableSet.Head)]
    [InlineData("gpt2", TrainableSet.Prompt)]
    [InlineData("llama-grouped", TrainableSet.Prompt)]
    public void ClassifierEqualsExplicitClipping(string kind, TrainableSet set)
    {
        using var scope = NewDisposeScope();
        var model = TestDecoders.Classifier(kind);
        Adapt(set, model);
        var (inputs, labels) = TestDecoders.Batch();
        if (set == TrainableSet.Prompt)
        {
            SoftPrompt.Attach(model, model.Config, 3, openingId: null, seed: 9);
            inputs = TestModels.AfterPrompt(inputs, TestDecoders.Vocabulary, 3);
        }
        var trainable = TrainableParameters.Select(model, set);
        var expected = ExplicitClipping.Run(trainable, Batch, i => nn.functional.cross_entropy(model.call(TestModels.Slice(inputs, i, 1)), labels.narrow(0, i, 1)));
        using var clipping = new PerExampleClipping(model, trainable, new FlatClipping(expected.Clip), roundNormsUp: false);
        var batch = clipping.Accumulate(Batch, () => nn.functional.cross_entropy(model.call(inputs), labels, reduction: nn.Reduction.None));
        Assert.InRange(expected.Error(batch, clipping.Sums), 0, 1e-7);
        Assert.Contains(clipping.Sums, sum => sum.Name == "score.weight");
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void LogitsAtLabelledPlacesGiveTheSameSums(string kind)
    {
        using var scope = NewDisposeScope();
        var model = TestDecoders.LanguageModel(kind);
        var (inputs, _) = TestDecoders.Batch();
        var expected = ExplicitClipping.Run(TrainableParameters.Select(model, TrainableSet.Full), Batch, i => LastTwo(model.call(TestModels.Slice(inputs, i, 1)), i, 1));
        var places = stack([.. Enumerable.Range(0, Batch).Select(i => tensor(new[] { Length(i) - 3, Length(i) - 2 }))]);
        using var clipping = new PerExampleClipping(model, TrainableParameters.Select(model, TrainableSet.Full), new FlatClipping(expected.Clip), roundNormsUp: false);
        var batch = clipping.Accumulate(Batch, () =>
        {
            var targets = inputs.InputIds.gather(1, places.add(1));
            return -model.LogitsAt(inputs, places).log_softmax(-1).gather(2, targets.unsqueeze(2)).squeeze(2).mean([1L]);
        });
        Assert.InRange(expected.Error(batch, clipping.Sums), 0, 1e-7);

        long Length(int i) => inputs.AttentionMask![i].sum().item<long>();

        Tensor LastTwo(Tensor logits, int i, int rows)
        {
            var targets = inputs.InputIds[i].narrow(0, Length(i) - 2, 2);
            return -logits[0].narrow(0, Length(i) - 3, 2).log_softmax(-1).gather(1, targets.unsqueeze(1)).mean() * rows;
        }
    }

    /// <summary>Mean cross-entropy of each text's own tokens but the first.</summary>
    private static Tensor Losses(CausalLanguageModel model, TokenBatch batch)
    {
        var predicted = batch.InputIds.shape[1] - 1;
        var logits = model.call(batch);
        var scores = logits.narrow(1, 0, predicted).log_softmax(-1).gather(2, batch.InputIds.narrow(1, 1, predicted).unsqueeze(2)).squeeze(2);
        var mask = batch.AttentionMask!.narrow(1, 1, predicted).to(logits.dtype);
        return -(scores * mask).sum(1L) / mask.sum(1L);
    }

    private static void Adapt(TrainableSet set, params nn.Module[] models)
    {
        if (set != TrainableSet.Lora)
            return;
        foreach (var model in models)
            TestModels.Randomise(LoraAdapters.Attach(model, new LoraConfig { Rank = 2, TargetModules = null }, seed: 9));
    }

    private static bool Has(string kind, TrainableSet set) => set switch
    {
        TrainableSet.Bias => kind.StartsWith("gpt2", StringComparison.Ordinal), // Llama has no biases
        TrainableSet.Head => kind is "gpt2-untied" or "llama" or "llama-grouped",
        TrainableSet.Prompt => false, // its ids are no targets of these losses
        _ => true,
    };
}

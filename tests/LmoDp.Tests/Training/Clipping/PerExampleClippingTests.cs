using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Models.Encoders;
using LmoDp.Training.Clipping;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Clipping;

/// <summary>What clipped sums must withstand: examples that are not finite, empty and uneven micro-batches, layers used twice, rounding.</summary>
public sealed class PerExampleClippingTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void ExamplesThatAreNotFiniteContributeNothing(double poison)
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Classifier("roberta", ScalarType.Float32);
        var (inputs, labels) = TestModels.Batch("roberta");
        using var clipping = Full(model);
        var weights = tensor(new[] { 1.0, poison, 1.0, 1.0, 1.0 }, ScalarType.Float32);
        var poisoned = clipping.Accumulate(5, () => Losses(model, inputs, labels) * weights);
        var withPoison = Copy(clipping);
        clipping.Reset();
        foreach (var part in new[] { (0, 1), (2, 3) })
            clipping.Accumulate(part.Item2, () => Losses(model, TestModels.Slice(inputs, part.Item1, part.Item2), labels.narrow(0, part.Item1, part.Item2)));

        Assert.Equal(0, poisoned.Factors[1]);
        Assert.False(double.IsFinite(poisoned.Norms[1]));
        Assert.InRange(Difference(withPoison, Copy(clipping)), 0, 1e-6);
    }

    [Fact]
    public void SumsDoNotDependOnTheDivisionIntoMicroBatches()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.MaskedLm("bert", ScalarType.Float32);
        var (inputs, _) = TestModels.Batch("bert");
        using var clipping = new PerExampleClipping(model, TrainableParameters.Select(model, TrainableSet.Full), new FlatClipping(3));
        clipping.Accumulate(5, () => Loss(inputs));
        var whole = Copy(clipping);
        clipping.Reset();
        Assert.Equal(0, clipping.Sums.Sum(sum => sum.Sum.abs().sum().item<double>()));
        for (var i = 0; i < 5; i++)
        {
            clipping.Accumulate(0, () => throw new InvalidOperationException("an empty micro-batch runs nothing"));
            clipping.Accumulate(1, () => Loss(TestModels.Slice(inputs, i, 1)));
        }
        Assert.InRange(Difference(whole, Copy(clipping)), 0, 1e-6);

        Tensor Loss(TokenBatch batch) => model.call(batch).log_softmax(-1).select(2, 3).mean([1L]);
    }

    [Fact]
    public void NoExampleWeighsMoreThanTheClippingNorm()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Classifier("bert", ScalarType.Float32);
        var (inputs, labels) = TestModels.Batch("bert");
        foreach (var rule in new ClippingRule[] { new FlatClipping(0.5), new AutomaticClipping(0.5) })
        {
            for (var i = 0; i < 5; i++)
            {
                using var clipping = new PerExampleClipping(model, TrainableParameters.Select(model, TrainableSet.Full), rule);
                var batch = clipping.Accumulate(1, () => Losses(model, TestModels.Slice(inputs, i, 1), labels.narrow(0, i, 1)));
                var norm = Math.Sqrt(clipping.Sums.Sum(sum => sum.Sum.to(ScalarType.Float64).square().sum().item<double>()));
                Assert.InRange(norm, rule is FlatClipping ? 0.4999 : 0.49, 0.5);
                Assert.InRange(batch.NormBounds[0] / batch.Norms[0] - 1, 0, 1e-4);
            }
        }
    }

    [Fact]
    public void AutomaticClippingEqualsExplicitClipping()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Classifier("bert", ScalarType.Float64);
        var trainable = TrainableParameters.Select(model, TrainableSet.Full);
        var (inputs, labels) = TestModels.Batch("bert");
        var expected = ExplicitClipping.Run(trainable, 5, i => Losses(model, TestModels.Slice(inputs, i, 1), labels.narrow(0, i, 1)).sum(), (_, norm) => 2 / (norm + 0.01));
        using var clipping = new PerExampleClipping(model, trainable, new AutomaticClipping(2), roundNormsUp: false);
        Assert.InRange(expected.Error(clipping.Accumulate(5, () => Losses(model, inputs, labels)), clipping.Sums), 0, 1e-7);
    }

    /// <summary>One linear layer called twice, one table read twice, position rows shared by all examples, a token axis longer than the matrices are wide, only a bias trained of one layer.</summary>
    [Fact]
    public void LayersMayBeUsedTwiceAndPositionsShared()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Randomised(new Recurrent(), ScalarType.Float64);
        var trainable = model.named_parameters().Where(pair => pair.name != "output.weight").ToArray();
        using var generator = new Generator(1);
        var ids = randint(0, Recurrent.Vocabulary, [4, 25], ScalarType.Int64, generator: generator);
        var expected = ExplicitClipping.Run(trainable, 4, i => model.call(ids.narrow(0, i, 1)).sum());
        using var clipping = new PerExampleClipping(model, trainable, new FlatClipping(expected.Clip), roundNormsUp: false);
        Assert.InRange(expected.Error(clipping.Accumulate(4, () => model.call(ids)), clipping.Sums), 0, 1e-7);
    }

    [Fact]
    public void ParametersNeedNoGradientsOnlyWhileClippingLives()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Classifier("bert", ScalarType.Float32);
        using (Full(model))
            Assert.DoesNotContain(model.parameters(), parameter => parameter.requires_grad);
        Assert.All(model.parameters(), parameter => Assert.True(parameter.requires_grad));
        var (inputs, labels) = TestModels.Batch("bert");
        Assert.True(Losses(model, inputs, labels).requires_grad);
    }

    [Fact]
    public void WhatCannotBeDoneRightIsRefused()
    {
        using var scope = NewDisposeScope();
        var model = TestModels.Classifier("bert", ScalarType.Float32);
        var (inputs, labels) = TestModels.Batch("bert");
        using var clipping = Full(model);
        Assert.Throws<InvalidOperationException>(() => clipping.Accumulate(5, () => Losses(model, inputs, labels).mean()));
        Assert.Throws<InvalidOperationException>(() => clipping.Accumulate(5, () => zeros(5)));
        Assert.Throws<InvalidOperationException>(() => clipping.Accumulate(5, () => Losses(model, TestModels.Slice(inputs, 0, 3), labels.narrow(0, 0, 3))));
        Assert.Throws<BadInputException>(() => new FlatClipping(0));
        Assert.Throws<BadInputException>(() => new AutomaticClipping(1, double.NaN));
        var convolution = nn.Conv1d(2, 3, 1);
        Assert.Throws<ArgumentException>(() => new PerExampleClipping(convolution, convolution.named_parameters(), new FlatClipping(1)));

        Assert.Equal(5, clipping.Accumulate(5, () => Losses(model, inputs, labels)).Losses.Count); // and it still works
    }

    private static PerExampleClipping Full(SequenceClassifier model) => new(model, TrainableParameters.Select(model, TrainableSet.Full), new FlatClipping(1));

    private static Tensor Losses(SequenceClassifier model, TokenBatch inputs, Tensor labels) => nn.functional.cross_entropy(model.call(inputs), labels, reduction: nn.Reduction.None);

    private static Tensor[] Copy(PerExampleClipping clipping) => [.. clipping.Sums.Select(sum => sum.Sum.clone())];

    private static double Difference(Tensor[] a, Tensor[] b)
        => a.Zip(b).Max(pair => (pair.First - pair.Second).abs().max().item<double>()) / a.Max(tensor => tensor.abs().max().item<double>());

    private sealed class Recurrent : nn.Module<Tensor, Tensor>
    {
        public const int Vocabulary = 6;
        private readonly Embedding words = nn.Embedding(Vocabulary, 4), positions = nn.Embedding(30, 4);
        private readonly Linear step = nn.Linear(4, 4), output = nn.Linear(4, 3);
        private readonly LayerNorm norm = nn.LayerNorm(4);

        public Recurrent() : base(nameof(Recurrent)) => RegisterComponents();

        public override Tensor forward(Tensor ids)
        {
            var places = arange(ids.shape[1], dtype: ScalarType.Int64).unsqueeze(0); // [1, tokens]
            var hidden = norm.call(words.call(ids) + positions.call(places));
            hidden = step.call(step.call(hidden).tanh()) + words.call(ids.flip(1));
            return output.call(hidden).square().sum([1L, 2L]);
        }
    }
}

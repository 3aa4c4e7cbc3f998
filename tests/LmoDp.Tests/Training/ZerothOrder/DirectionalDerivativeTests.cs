using LmoDp.Models;
using LmoDp.Tests.Training.Clipping;
using LmoDp.Training.Data;
using LmoDp.Training.Objectives;
using LmoDp.Training.ZerothOrder;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.ZerothOrder;

public sealed class DirectionalDerivativeTests
{
    /// <summary>The derivative by autograd, in float64, of each example of an encoder with padding and repeated tokens.</summary>
    [Theory]
    [InlineData("roberta")]
    [InlineData("bert")]
    public void TheDifferenceIsTheDerivativeAlongTheDirection(string type)
    {
        var (inputs, labels) = TestModels.Batch(type);
        using var model = TestModels.Classifier(type, ScalarType.Float32);
        using var objective = new OneBatch(model, inputs, labels);
        var parameters = Named(model);
        var perturbed = new PerturbedParameters(parameters, 1.0 / 4096);
        using var exact = TestModels.Classifier(type, ScalarType.Float64);
        using (no_grad())
        {
            foreach (var (own, other) in exact.named_parameters().Zip(parameters))
                own.parameter.copy_(other.Parameter);
        }
        for (var index = 0; index < 5; index++)
        {
            var direction = new SignDirection(7, 0, index);
            var found = new DirectionalDerivative(objective, perturbed).Along(direction, [new PlacedBatch(new BatchShape(5, 11), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4)])], CancellationToken.None);
            for (var example = 0; example < objective.Count; example++)
            {
                var loss = nn.functional.cross_entropy(exact.call(TestModels.Slice(inputs, example, 1)), labels.narrow(0, example, 1));
                var gradients = autograd.grad([loss], [.. exact.named_parameters().Select(entry => (Tensor)entry.parameter)], allow_unused: true);
                var derivative = exact.named_parameters().Zip(gradients).Where(pair => !pair.Second.IsInvalid).Sum(pair
                    => pair.Second.reshape(-1).dot(tensor(PerturbedParametersTests.Signs(direction, pair.First.name, (int)pair.Second.numel())).to(ScalarType.Float64)).item<double>());
                // s = 2^-12: the third derivative of a sum over hundreds of coordinates, and float32 losses of about 1 over 2 s.
                Assert.InRange(found[example].Derivative, derivative - 2e-3 * (1 + Math.Abs(derivative)), derivative + 2e-3 * (1 + Math.Abs(derivative)));
            }
        }
    }

    /// <summary>
    /// The mean of derivative times direction over 3,000 seeded directions, against the mean over all 64 directions of a problem with 6 parameters, computed in float64 (s = 1/4, so that smoothing matters): within 5 standard
    /// errors in each coordinate, of which one fails by chance with probability 6e-7 each.
    /// </summary>
    [Fact]
    public void TheEstimateIsTheSmoothedGradientOnAverage()
    {
        const int directions = 3000;
        const double s = 0.25;
        using var layer = nn.Linear(2, 2);
        var features = tensor(new[] { 1.5f, -0.7f });
        using (no_grad())
        {
            layer.weight!.copy_(tensor(new[] { 0.5f, -0.25f, 1, 0.125f }, 2, 2));
            layer.bias!.copy_(tensor(new[] { 0.25f, -0.5f }));
        }
        using var objective = new OneFeature(layer, features);
        var parameters = Named(layer);
        var perturbed = new PerturbedParameters(parameters, s);
        var derivative = new DirectionalDerivative(objective, perturbed);
        var (sum, squares) = (new double[6], new double[6]);
        for (var step = 0; step < directions; step++)
        {
            var direction = new SignDirection(3, step, 0);
            var along = derivative.Along(direction, [new PlacedBatch(new BatchShape(1, 1), [(0, 0)])], CancellationToken.None)[0].Derivative;
            float[] u = [.. PerturbedParametersTests.Signs(direction, "weight", 4), .. PerturbedParametersTests.Signs(direction, "bias", 2)];
            for (var i = 0; i < 6; i++)
                (sum[i], squares[i]) = (sum[i] + along * u[i], squares[i] + along * along);
        }

        double[] theta = [0.5, -0.25, 1, 0.125, 0.25, -0.5];
        var (smoothed, plain) = (new double[6], new double[6]);
        double Loss(Func<int, double> at) => Math.Log(1 + Math.Exp(1.5 * (at(2) - at(0)) - 0.7 * (at(3) - at(1)) + at(5) - at(4)));
        for (var bits = 0; bits < 64; bits++)
        {
            double U(int i) => (bits >> i & 1) == 1 ? -1 : 1;
            var along = (Loss(i => theta[i] + s * U(i)) - Loss(i => theta[i] - s * U(i))) / (2 * s);
            for (var i = 0; i < 6; i++)
                smoothed[i] += along * U(i) / 64;
        }
        for (var i = 0; i < 6; i++)
        {
            var (coordinate, h) = (i, 1e-5);
            plain[i] = (Loss(j => theta[j] + (j == coordinate ? h : 0)) - Loss(j => theta[j] - (j == coordinate ? h : 0))) / (2 * h);
            var error = 5 * Math.Sqrt(squares[i] / directions / directions);
            Assert.InRange(sum[i] / directions, smoothed[i] - error, smoothed[i] + error);
            Assert.InRange(Math.Abs(smoothed[i] - plain[i]), 0, 0.2 * Math.Abs(plain[i])); // what smoothing at s = 1/4 does
        }
    }

    [Fact]
    public void TheParametersAreAsBeforeAfterAnException()
    {
        var (inputs, labels) = TestModels.Batch("roberta");
        using var model = TestModels.Classifier("roberta", ScalarType.Float32);
        using var objective = new OneBatch(model, inputs, labels);
        var perturbed = new PerturbedParameters(Named(model), 1e-3);
        var before = All(model);
        foreach (var call in new[] { 1, 2, 3 })
        {
            using var cancelled = new CancellationTokenSource();
            var left = call;
            objective.Before = () => { if (--left == 0) cancelled.Cancel(); };
            Assert.ThrowsAny<OperationCanceledException>(() => new DirectionalDerivative(objective, perturbed)
                .Along(new SignDirection(1, 0, 0), [new PlacedBatch(new BatchShape(5, 11), [(0, 0), (1, 1), (2, 2)]), new PlacedBatch(new BatchShape(5, 11), [(3, 3), (4, 4)])], cancelled.Token));
            Assert.Equal(before, All(model));
        }
    }

    private static float[] All(nn.Module model) => [.. model.parameters().SelectMany(parameter => parameter.detach().reshape(-1).data<float>().ToArray())];

    private static (string Name, Parameter Parameter)[] Named(nn.Module model) => [.. model.named_parameters().Select(entry => (entry.name, entry.parameter))];

    /// <summary>Five given examples.</summary>
    private sealed class OneBatch(TextClassifier model, TokenBatch inputs, Tensor labels) : Objective
    {
        public Action Before { get; set; } = () => { };

        public override nn.Module Model => model;

        public override int Count => 5;

        public override int Length(int example) => 11;

        public override BatchShape Shape(int example) => new(5, 11);

        public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
        {
            Before();
            var rows = tensor(examples.Select(example => (long)example).ToArray());
            return nn.functional.cross_entropy(model.call(inputs), labels, reduction: nn.Reduction.None).index_select(0, rows);
        }
    }

    /// <summary>A linear classifier of two classes and one example, of class 0.</summary>
    private sealed class OneFeature(Linear layer, Tensor features) : Objective
    {
        public override nn.Module Model => layer;

        public override int Count => 1;

        public override int Length(int example) => 1;

        public override BatchShape Shape(int example) => new(1, 1);

        public override Tensor Losses(IReadOnlyList<int> examples, BatchShape? shape = null)
            => nn.functional.cross_entropy(layer.call(features.unsqueeze(0)), zeros(1, ScalarType.Int64), reduction: nn.Reduction.None);
    }
}

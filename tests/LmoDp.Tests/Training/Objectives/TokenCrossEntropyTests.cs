using LmoDp.Training.Objectives;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Objectives;

public class TokenCrossEntropyTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.Float64, 1e-13)]
    public void LossesAndGradientsAreThoseOfTorch(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var hidden = randn([7, 4], type, generator: generator).requires_grad_(true);
        var head = randn([4, 11], type, generator: generator);
        var targets = tensor(new long[] { 3, 0, 10, 3, 9, 1, 2 });
        var weights = rand([7], type, generator: generator);

        var expected = nn.functional.cross_entropy(hidden.mm(head), targets, reduction: nn.Reduction.None);
        var expectedGradient = autograd.grad([(expected * weights).sum()], [hidden])[0];
        var logits = hidden.mm(head);
        var losses = TokenCrossEntropy.Of(logits, targets);
        var gradients = autograd.grad([(losses * weights).sum()], [hidden, logits]);

        Assert.True((losses - expected).abs().max().to(ScalarType.Float64).item<double>() < tolerance);
        Assert.True((gradients[0] - expectedGradient).abs().max().to(ScalarType.Float64).item<double>() < 10 * tolerance);
        Assert.True((gradients[1].mm(head.t()) - expectedGradient).abs().max().to(ScalarType.Float64).item<double>() < 10 * tolerance);
    }

    [Fact]
    public void LargeScoresDoNotOverflow()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 1e4f, -1e4f, 0 }, [1, 3]).requires_grad_(true);
        var losses = TokenCrossEntropy.Of(logits, tensor(new long[] { 1 }));
        Assert.Equal(2e4f, losses.item<float>());
        Assert.Equal([1f, -1f, 0f], autograd.grad([losses.sum()], [logits])[0].data<float>().ToArray());
    }

    [Fact]
    public void ManyChunksGiveTheSame()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var logits = randn([600, 16384], generator: generator); // 256 rows a chunk
        var targets = randint(0, 16384, [600], generator: generator);
        var expected = nn.functional.cross_entropy(logits, targets, reduction: nn.Reduction.None);
        Assert.True((TokenCrossEntropy.Of(logits, targets) - expected).abs().max().to(ScalarType.Float64).item<double>() < 1e-5);
    }
}

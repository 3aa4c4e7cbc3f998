using LmoDp.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Clipping;

/// <summary>Half of a Gram matrix stands for the whole, whether the tokens fill the last strip or not.</summary>
public sealed class GramTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(48)]
    [InlineData(61)]
    public void StripsEqualTheWholeMatrix(int tokens)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)tokens);
        var (x, y) = (Rows(generator, tokens, 5), Rows(generator, tokens, 9));
        var (wholeX, wholeY) = (x.bmm(x.transpose(1, 2)), y.bmm(y.transpose(1, 2)));
        using var gramX = new Gram(x);
        using var gramY = new Gram(y);

        var squares = x.square().sum(2L);
        Assert.InRange((gramX.Squares() - squares).abs().max().item<double>(), 0, 1e-12);
        foreach (var (expected, found) in (wholeX * wholeY).sum([1L, 2L]).ToDoubles().Zip(gramX.PairSums(gramY)))
            Assert.InRange(Math.Abs(found / expected - 1), 0, 1e-12);
        Assert.InRange((gramX.Squares() - squares).abs().max().item<double>(), 0, 1e-12); // asking changes nothing
    }

    /// <summary>Rows of 16, each against all from its strip's first on.</summary>
    [Theory]
    [InlineData(7, 7 * 7)]
    [InlineData(16, 16 * 16)]
    [InlineData(40, 16 * 40 + 16 * 24 + 8 * 8)]
    [InlineData(64, 16 * (64 + 48 + 32 + 16))]
    public void ProductsAreCounted(int tokens, int expected) => Assert.Equal(expected, Gram.Products(tokens));

    private static Tensor Rows(Generator generator, int tokens, int width) => normal(0, 1, [3, tokens, width], generator: generator).to(ScalarType.Float64);
}

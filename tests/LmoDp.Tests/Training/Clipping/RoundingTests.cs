using LmoDp.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Clipping;

public sealed class RoundingTests
{
    [Fact]
    public void TheProcessorMultipliesInFullPrecision()
    {
        Rounding.RequireFullPrecision(CPU);
        Assert.True(Rounding.IsFullPrecision(matmul, CPU));
    }

    [Theory]
    [InlineData(11, false)] // TF32
    [InlineData(8, false)] // bfloat16
    [InlineData(16, false)] // bfloat16 in two parts
    [InlineData(24, true)] // float32
    public void ProductsOfFewerBitsAreNoticed(int bits, bool full)
    {
        Assert.Equal(full, Rounding.IsFullPrecision((left, right) => Rounded(left).matmul(Rounded(right)), CPU));
        Assert.Equal(full, Rounding.IsFullPrecision((left, right) => (left.dim() == 3 ? Rounded(left) : left).matmul(right), CPU)); // in batches only

        Tensor Rounded(Tensor numbers) => numbers.mul(1 << (bits - 1)).round().div(1 << (bits - 1));
    }
}

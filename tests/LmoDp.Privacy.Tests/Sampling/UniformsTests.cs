using LmoDp.Privacy.Sampling;
using Xunit;

namespace LmoDp.Privacy.Tests.Sampling;

public class UniformsTests
{
    [Fact]
    public void UniformsKeepAllTheirBitsHoweverSmall()
    {
        Assert.Equal(0.5, new ForcedSource(1UL << 63).NextUniform());
        Assert.Equal(Math.BitDecrement(1), new ForcedSource(ulong.MaxValue).NextUniform());
        Assert.Equal(Math.ScaleB(1.5, -12), new ForcedSource(3UL << 51).NextUniform());
        Assert.Equal(Math.ScaleB(1.75, -13), new ForcedSource(1UL << 51, 3UL << 62).NextUniform());
        Assert.Equal(Math.ScaleB(1, -128), new ForcedSource(0, 1, 0).NextUniform());
        Assert.Equal(Math.ScaleB(2 - Math.ScaleB(1, -52), -65), new ForcedSource(0, ulong.MaxValue).NextUniform());
    }

    [Fact]
    public void UniformsAreUniformAndSoAreTheirLogarithmsExponential()
    {
        using var random = AesCtrRandomSource.FromSeed(8, "uniforms");
        var uniforms = new double[1_000_000];
        var exponentials = new double[uniforms.Length];
        for (var i = 0; i < uniforms.Length; i++)
            (uniforms[i], exponentials[i]) = (random.NextUniform(), random.NextExponential());
        KolmogorovSmirnov.Accept(uniforms, u => u, "uniform");
        KolmogorovSmirnov.Accept(exponentials, x => 1 - Math.Exp(-x), "exponential");
    }

    [Fact]
    public void ExponentialsReachFarBothWays()
    {
        Close.Relative(128 * Math.Log(2) + Math.Log(2), new ForcedSource(0, 1, 0, 1).NextExponential(), 1e-15);
        Close.Relative(Math.ScaleB(1, -129), new ForcedSource(0, 1, 0, 0).NextExponential(), 1e-15);
    }
}

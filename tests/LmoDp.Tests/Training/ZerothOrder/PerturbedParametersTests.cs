using LmoDp.Training.ZerothOrder;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.ZerothOrder;

public sealed class PerturbedParametersTests
{
    private static readonly SignDirection Direction = new(1, 2, 0);

    /// <summary>Numbers of every exponent that is allowed, those next to a power of two among them: 200,003 of them, so that a piece and a group of eight are not full.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1.0 / 1024)]
    [InlineData(1.0 / (1 << 20))]
    public void WhatWasMovedComesBackBitByBit(double scale)
    {
        var random = new Random(1);
        float Any()
        {
            var exponent = random.Next(1, 127 + 21 + (int)Math.Log2(scale));
            var mantissa = random.Next(4) switch { 0 => 0, 1 => (1 << 23) - 1, 2 => 1, _ => random.Next(1 << 23) };
            return BitConverter.Int32BitsToSingle((random.Next(2) << 31) | (exponent << 23) | mantissa);
        }
        float[] numbers = [0, -0f, float.Epsilon, -float.Epsilon, .. Enumerable.Range(0, 199_999).Select(_ => Any())];
        using var parameter = new Parameter(tensor(numbers));
        var parameters = new PerturbedParameters([("p", parameter)], scale);
        var s = parameters.Scale;
        Assert.Equal(scale, s);

        var rest = Numbers(parameter);
        for (var i = 0; i < rest.Length; i++)
            Assert.True(Math.Abs((double)rest[i] - numbers[i]) <= Spacing(Math.Abs(numbers[i]) + s) / 2, $"{numbers[i]:R} became {rest[i]:R}");

        // Doubles hold the exact sums.
        var signs = Signs(Direction, "p", rest.Length);
        parameters.Shift(Direction, 1);
        Assert.Equal(rest.Zip(signs, (x, u) => x + (double)s * u), Numbers(parameter).Select(x => (double)x));
        parameters.Shift(Direction, -2);
        Assert.Equal(rest.Zip(signs, (x, u) => x - (double)s * u), Numbers(parameter).Select(x => (double)x));
        parameters.Shift(Direction, 1);
        Assert.Equal(rest.Select(BitConverter.SingleToInt32Bits), Numbers(parameter).Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void AfterAStepTheyComeBackToo()
    {
        using var parameter = new Parameter(randn(10_000, generator: new Generator(1)));
        var parameters = new PerturbedParameters([("p", parameter)], 1e-3);
        var before = Numbers(parameter);
        parameters.Descend(Direction, 0.0123f);
        var after = Numbers(parameter);
        var signs = Signs(Direction, "p", before.Length);
        for (var i = 0; i < before.Length; i++)
            Assert.InRange(Math.Abs(before[i] - 0.0123f * signs[i] - after[i]), 0, 1e-6);
        var other = new SignDirection(1, 3, 0);
        parameters.Shift(other, 1);
        Assert.NotEqual(after, Numbers(parameter));
        parameters.Shift(other, -1);
        Assert.Equal(after, Numbers(parameter));
    }

    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1e30f)]
    public void HoweverFarAStepGoesNumbersStayWithinTheLimit(float rate)
    {
        using var parameter = new Parameter(ones(9));
        var parameters = new PerturbedParameters([("p", parameter)], 1.0 / 1024);
        parameters.Descend(Direction, rate);
        Assert.All(Numbers(parameter), x => Assert.Equal(4096, Math.Abs(x)));
        var rest = Numbers(parameter);
        parameters.Shift(Direction, 1);
        parameters.Shift(Direction, -1);
        Assert.Equal(rest, Numbers(parameter));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(5000f)]
    public void NumbersThatWouldNotComeBackAreRefused(float number)
    {
        using var parameter = new Parameter(tensor(new[] { 1, number }));
        Assert.Contains("'p'", Assert.Throws<BadInputException>(() => new PerturbedParameters([("p", parameter)], 1.0 / 1024)).Message, StringComparison.Ordinal);
    }

    /// <summary>Error rate: 6 standard deviations, 2e-9, for each of five means.</summary>
    [Fact]
    public void SignsAreFairAndDirectionsUnrelated()
    {
        const int count = 1 << 20;
        double Correlation(SignDirection direction, string name)
        {
            var (a, b) = (Signs(Direction, "p", count), Signs(direction, name, count));
            return a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(count);
        }
        Assert.InRange(Signs(Direction, "p", count).Sum(sign => (double)sign) / Math.Sqrt(count), -6, 6);
        foreach (var (direction, name) in new[] { (Direction with { Seed = 2 }, "p"), (Direction with { Step = 3 }, "p"), (Direction with { Index = 1 }, "p"), (Direction, "q") })
            Assert.InRange(Correlation(direction, name), -6, 6);
        Assert.Equal(Signs(Direction, "p", 1000), Signs(new SignDirection(1, 2, 0), "p", 1000));
    }

    [Theory]
    [InlineData(1e-3, 1.0 / 1024)]
    [InlineData(0.01, 1.0 / 128)]
    [InlineData(1.1e-6, 1.0 / (1 << 20))]
    [InlineData(PerturbedParameters.LeastScale, 1.0 / (1 << 20))]
    [InlineData(1, 1)]
    public void TheScaleIsAPowerOfTwo(double wanted, double used) => Assert.Equal(used, PerturbedParameters.PowerOfTwo(wanted));

    [Theory]
    [InlineData(9e-7)]
    [InlineData(1.5)]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void AScaleOutOfRangeIsRefused(double wanted) => Assert.Throws<BadInputException>(() => PerturbedParameters.PowerOfTwo(wanted));

    /// <summary>u, read off the public bits.</summary>
    internal static float[] Signs(SignDirection direction, string parameter, int count)
    {
        using var random = direction.Open(parameter);
        var bytes = new byte[(count + 7) / 8];
        random.Fill(bytes);
        return [.. Enumerable.Range(0, count).Select(i => (bytes[i / 8] >> (i % 8) & 1) == 1 ? -1f : 1f)];
    }

    private static float[] Numbers(Parameter parameter) => parameter.detach().data<float>().ToArray();

    private static double Spacing(float magnitude) => MathF.BitIncrement(magnitude) - (double)magnitude;
}

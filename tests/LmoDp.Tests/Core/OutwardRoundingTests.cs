using System.Globalization;
using Xunit;

namespace LmoDp.Tests.Core;

public class OutwardRoundingTests
{
    [Theory]
    [InlineData(0.29999949, 6, "0.3")]
    [InlineData(0.2999994, 6, "0.3")]
    [InlineData(0.299999, 6, "0.299999")]
    [InlineData(0.0089994, 4, "0.009")]
    [InlineData(9.99999999, 3, "10")]
    [InlineData(1.0000000001, 7, "1.000001")]
    [InlineData(1.23e-10, 2, "1.3e-10")]
    [InlineData(0, 4, "0")]
    [InlineData(double.PositiveInfinity, 4, "infinite")]
    public void UpperBoundsAreRoundedUp(double bound, int digits, string printed) => Assert.Equal(printed, OutwardRounding.Up(bound, digits));

    [Theory]
    [InlineData(0.30000051, 6, "0.3")]
    [InlineData(9.9999, 3, "9.99")]
    [InlineData(1.99999999, 7, "1.999999")]
    public void LowerBoundsAreRoundedDown(double bound, int digits, string printed) => Assert.Equal(printed, OutwardRounding.Down(bound, digits));

    [Fact]
    public void WhatIsPrintedHoldsAndIsNear()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var value = Math.Exp(random.NextDouble() * 80 - 60);
            var digits = random.Next(1, 10);
            var (up, down) = (Parse(OutwardRounding.Up(value, digits)), Parse(OutwardRounding.Down(value, digits)));
            Assert.True(down <= value && value <= up, $"{value:R} with {digits} digits: {down:R}, {up:R}");
            Assert.True(up - down <= 1.001 * Math.Pow(10, Math.Floor(Math.Log10(up)) - digits + 1), $"{value:R} with {digits} digits: {down:R}, {up:R}");
        }
    }

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}

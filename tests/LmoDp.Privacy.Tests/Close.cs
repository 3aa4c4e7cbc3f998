using Xunit;

namespace LmoDp.Privacy.Tests;

/// <summary>Comparisons of real numbers that say by how much they fail.</summary>
internal static class Close
{
    public static void Relative(double expected, double actual, double tolerance, string what = "")
    {
        if (expected == actual || double.IsNaN(expected) && double.IsNaN(actual))
            return;
        var error = Math.Abs(actual - expected) / Math.Abs(expected);
        Assert.True(error <= tolerance, FormattableString.Invariant($"{what}: expected {expected:R}, got {actual:R}, relative error {error:E2} > {tolerance:E1}"));
    }
}

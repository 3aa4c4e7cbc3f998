using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class AuditMechanismTests
{
    private static readonly string[] Laplace = ["audit", "mechanism", "--noise", "laplace:scale=1", "--release", "scalar", "--sampling-rate", "1", "--steps", "1", "--delta", "1e-6", "--runs", "40000", "--seed", "1"];

    [Fact]
    public void Both_bounds_are_printed()
    {
        var json = Invocation.Of([.. Laplace, "--json"]).Json();
        Assert.InRange(json.GetProperty("epsilonUpper").GetDouble(), 0.999, 1.001);
        Assert.InRange(json.GetProperty("epsilonLower").GetDouble(), 0.85, 1);
        Assert.False(json.GetProperty("refuted").GetBoolean());
        Assert.Equal(20_000, json.GetProperty("counts").GetProperty("trialsWith").GetInt64());
        Assert.Contains("nothing found", Invocation.InGerman(Laplace).Output);
    }

    [Fact]
    public void Vectors_are_spread_over_their_dimensions()
        => Assert.InRange(Invocation.Of("audit", "mechanism", "--noise", "gaussian:std=1", "--dimensions", "10", "--sampling-rate", "1", "--steps", "1", "--runs", "40000", "--seed", "1", "--json").Json().GetProperty("epsilonLower").GetDouble(), 1.5, 3.2);

    [Theory]
    [InlineData("one dimension", "--dimensions", "3")]
    [InlineData("fewer --steps", "--per-draw", "2000000000")]
    [InlineData("--runs", "--runs", "1")]
    [InlineData("--confidence", "--confidence", "1")]
    public void Bad_input_gets_one_line(string expected, params string[] options)
    {
        var fault = Invocation.Of([.. Laplace[..^4], .. options]);
        Assert.Equal(2, fault.ExitCode);
        Assert.Contains(expected, fault.Error);
        Assert.Single(fault.Error.Trim().Split('\n'));
    }
}

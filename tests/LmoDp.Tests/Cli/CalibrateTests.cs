using Xunit;

namespace LmoDp.Tests.Cli;

public class CalibrateTests
{
    private static readonly string[] Run = ["--delta", "1e-10", "--sampling-rate", "0.0304", "--steps", "192"];

    [Fact]
    public void A_family_is_scaled_to_the_target()
    {
        var json = Invocation.InGerman(["calibrate", "--noise", "gaussian", "--epsilon", "1.5", .. Run, "--json"]).Json();
        var std = json.GetProperty("std").GetDouble();
        Assert.InRange(std, 1.98, 2.03);
        Assert.StartsWith("gaussian:std=2.0", json.GetProperty("noise").GetString());
        Assert.Equal(std * Math.Sqrt(2 / Math.PI), json.GetProperty("meanAbs").GetDouble(), 1e-12);
        Assert.InRange(json.GetProperty("epsilon").GetDouble(), 1.4999, 1.5);
        Assert.InRange(json.GetProperty("epsilonLower").GetDouble(), 1.4999, json.GetProperty("epsilon").GetDouble());
    }

    [Fact]
    public void What_is_calibrated_is_certified_by_account()
    {
        var noise = Invocation.Of("calibrate", "--noise", "gaussian:std=7", "--release", "scalar", "--epsilon", "0.3", "--delta", "1e-10", "--sampling-rate", "1", "--steps", "2", "--json")
            .Json().GetProperty("noise").GetString()!;
        var epsilon = Invocation.Of("account", "--noise", noise, "--release", "scalar", "--delta", "1e-10", "--sampling-rate", "1", "--steps", "2", "--json").Json();
        Assert.InRange(epsilon.GetProperty("epsilon").GetDouble(), 0.2999, 0.3001);
    }

    [Theory]
    [InlineData("--release is missing", "--noise", "laplace", "--epsilon", "1")]
    [InlineData("--epsilon: '0,3' is not a number", "--noise", "gaussian", "--epsilon", "0,3")]
    [InlineData("--epsilon must be above 0", "--noise", "gaussian", "--epsilon", "Infinity")]
    [InlineData("gausian", "--noise", "gausian", "--epsilon", "1")]
    public void Bad_input_is_one_line(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Invocation.InGerman(["calibrate", .. arguments, .. Run, "--json"]).Complaint());
}

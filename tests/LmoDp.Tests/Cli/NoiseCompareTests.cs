using System.Text;
using System.Text.Json;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class NoiseCompareTests : IDisposable
{
    private const string Published = """{"a1": 0.1, "a3": 0.1, "a4": 0.1, "G_theta": 0.5, "G_k": 1, "E_lambda": 5, "U_b": 2, "U_a": 1}""";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Laplace noise for ten numbers at (0.3, 1e-10) has 0.796 of the Gaussian's standard deviation; its other figures have closed forms.</summary>
    [Fact]
    public void Every_law_is_scaled_to_one_guarantee_and_certified()
    {
        var json = Invocation.InGerman("noise", "compare", "gaussian", "laplace", "generalised-gaussian:std=1,power=1.5", "--epsilon", "0.3", "--delta", "1e-10", "--steps", "10", "--usefulness", "20", "--json").Json();
        var laws = Laws(json);
        foreach (var law in laws)
        {
            Assert.Equal("scaled", law.GetProperty("treatment").GetString());
            Assert.InRange(law.GetProperty("epsilon").GetDouble(), 0.29999, 0.3);
            Assert.InRange(law.GetProperty("epsilonLower").GetDouble(), 0.2999, law.GetProperty("epsilon").GetDouble());
            var noise = law.GetProperty("noise").GetString()!;
            var account = Invocation.Of("account", "--noise", noise, "--release", "scalar", "--sampling-rate", "1", "--steps", "10", "--delta", "1e-10", "--json").Json();
            Assert.InRange(account.GetProperty("epsilonLower").GetDouble(), 0.2999, 0.3);
        }
        var scale = laws[1].GetProperty("meanAbs").GetDouble();
        Assert.Equal(0.795863, Std(laws[1]) / Std(laws[0]), 1e-4);
        Assert.Equal(1 - Math.Exp(-20 / scale), laws[1].GetProperty("usefulness").GetDouble(), 1e-12);
        foreach (var at in laws[1].GetProperty("quantiles").EnumerateArray())
            Assert.Equal(-scale * Math.Log(1 - at.GetProperty("probability").GetDouble()), at.GetProperty("magnitude").GetDouble(), 1e-9 * scale);
        Assert.Equal(20, json.GetProperty("usefulnessAt").GetDouble());
        Assert.Equal((0.3, 1e-10, 1, 10), (Guarantee(json, "epsilon"), Guarantee(json, "delta"), Guarantee(json, "samplingRate"), Guarantee(json, "steps")));
    }

    [Fact]
    public void Without_a_target_laws_keep_their_scale_and_tell_their_own_epsilon()
    {
        var json = Invocation.Of("noise", "compare", "laplace:scale=2", "gaussian:std=7", "--delta", "0.01", "--json").Json();
        var laws = Laws(json);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("guarantee").GetProperty("epsilon").ValueKind);
        Assert.All(laws, law => Assert.Equal("as-given", law.GetProperty("treatment").GetString()));
        Assert.Equal("laplace:scale=2", laws[0].GetProperty("noise").GetString());
        Assert.InRange(0.5 + 2 * Math.Log(0.99), laws[0].GetProperty("epsilonLower").GetDouble(), laws[0].GetProperty("epsilon").GetDouble());
        Assert.Equal(7, Std(laws[1]), 1e-12);
        Assert.Contains("gaussian:std=7, as it is", Invocation.Of("noise", "compare", "laplace:scale=2", "gaussian:std=7").Output);
    }

    /// <summary>Scaling a lattice law gives another law, so one that keeps the target stays, and one that does not is scaled until it does.</summary>
    [Fact]
    public void A_lattice_law_that_keeps_the_target_is_not_rescaled()
    {
        var file = folder.Write("found.json", """{"noise": {"family": "lattice", "stepsPerSensitivity": 2, "tailRatio": {"numerator": 31, "bits": 5}, "weights": [900, 890, 880]}, "epsilon": 0.3}""");
        var costly = "lattice:steps=2,ratio=3/2^2,weights=90+80+64";
        var laws = Laws(Invocation.Of("noise", "compare", file, costly, costly, "--epsilon", "0.3", "--json").Json());
        Assert.Equal(("keeps-target", "lattice:steps=2,ratio=31/2^5,weights=900+890+880"), (laws[0].GetProperty("treatment").GetString(), laws[0].GetProperty("noise").GetString()));
        Assert.Equal(2 * Math.Log(32.0 / 31), laws[0].GetProperty("epsilon").GetDouble(), 1e-6);
        Assert.Equal("scaled", laws[1].GetProperty("treatment").GetString());
        Assert.InRange(laws[1].GetProperty("epsilon").GetDouble(), 0.29, 0.3);
        var text = Invocation.Of("noise", "compare", file, costly, costly, "--epsilon", "0.3").Output;
        Assert.Contains("found.json, as it is, which keeps the guarantee: lattice law of step 1/2", text);
        Assert.Contains("lattice:steps=2,ratio... (2), scaled", text);
    }

    /// <summary>Epsilons of lmo_exact.json.</summary>
    [Fact]
    public void The_authors_files_are_read_either_way()
    {
        var file = folder.Write("lmo_eps0.3.json", Published);
        Assert.Equal((0.2347, "rate"), Of(file));
        Assert.Equal((0.8818, "scale"), Of(file, "--exponential", "scale"));
        Assert.Contains("as the published code samples it", Invocation.Of("noise", "compare", file, "--exponential", "scale").Output);

        static (double, string?) Of(params string[] arguments)
        {
            var law = Assert.Single(Laws(Invocation.Of(["noise", "compare", .. arguments, "--json"]).Json()));
            return (Math.Round(law.GetProperty("epsilon").GetDouble(), 5), law.GetProperty("exponential").GetString());
        }
    }

    [Theory]
    [InlineData("laws.png", "PNG")]
    [InlineData("laws.svg", "<svg")]
    public void A_plot_is_written(string name, string signature)
    {
        var path = folder.File(name);
        var run = Invocation.InGerman("noise", "compare", "gaussian:std=3", "laplace:scale=2", "lattice:steps=2,ratio=3/2^2,weights=90+80+64", "--plot", path, "--json").Json();
        Assert.Equal(path, run.GetProperty("plot").GetString());
        var bytes = File.ReadAllBytes(path);
        Assert.True(bytes.Length > 5000);
        Assert.Contains(signature, Encoding.Latin1.GetString(bytes[..200]));
    }

    [Theory]
    [InlineData("gaussian is a family without a scale: give --epsilon", "gaussian")]
    [InlineData("the LMO family has many shapes", "lmo", "--epsilon", "1")]
    [InlineData("'laws.gif' must end in .png or .svg", "laplace:scale=1", "--plot", "laws.gif")]
    [InlineData("--epsilon: '0,3' is not a number", "laplace", "--epsilon", "0,3")]
    [InlineData("--steps must be at least 1, not 0", "laplace", "--epsilon", "1", "--steps", "0")]
    [InlineData("--usefulness must be above 0, not -1", "laplace", "--epsilon", "1", "--usefulness", "-1")]
    [InlineData("neither a noise law nor a file", "laplace:scale=1", "nothing.json")]
    [InlineData("LAW")]
    public void Bad_input_is_one_line(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Invocation.InGerman(["noise", "compare", .. arguments, "--json"]).Complaint());

    private static JsonElement[] Laws(JsonElement json) => [.. json.GetProperty("laws").EnumerateArray()];

    private static double Std(JsonElement law) => law.GetProperty("std").GetDouble();

    private static double Guarantee(JsonElement json, string property) => json.GetProperty("guarantee").GetProperty(property).GetDouble();
}

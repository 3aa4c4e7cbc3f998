using System.Text;
using System.Text.Json;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class NoiseShowTests : IDisposable
{
    private const string Lmo = "lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_laplace_law_has_its_closed_forms()
    {
        var json = Show("laplace:scale=2");
        Assert.Equal(Math.Sqrt(8), json.GetProperty("std").GetDouble(), 1e-12);
        Assert.Equal(2, json.GetProperty("meanAbs").GetDouble(), 1e-12);
        Assert.Equal(0.25, json.GetProperty("fisherInformation").GetDouble(), 1e-12);
        Assert.Equal(1 + Math.Log(4), json.GetProperty("entropy").GetDouble(), 1e-12);
        Assert.Equal(0.5, json.GetProperty("pureEpsilon").GetDouble(), 1e-12);
        Assert.All(json.GetProperty("usefulness").EnumerateArray(), at
            => Assert.Equal(1 - Math.Exp(-at.GetProperty("g").GetDouble() / 2), at.GetProperty("usefulness").GetDouble(), 1e-12));
        Assert.All(json.GetProperty("renyi").EnumerateArray(), at => Assert.InRange(at.GetProperty("divergence").GetDouble(), 0, 0.5));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("exponential").ValueKind);
    }

    [Fact]
    public void What_is_not_finite_is_a_string()
    {
        Assert.Equal("Infinity", Show("gaussian:std=2").GetProperty("pureEpsilon").GetString());
        Assert.Equal("Infinity", Show("lmo:a3=1,rate=1").GetProperty("std").GetString());
        Assert.Contains("infinite", Invocation.Of("noise", "show", "gaussian:std=2").Output);
    }

    [Fact]
    public void A_lattice_law_is_shown_from_its_file()
    {
        var file = folder.Write("law.json", """{"noise": {"family": "lattice", "stepsPerSensitivity": 2, "tailRatio": {"numerator": 3, "bits": 2}, "weights": [90, 80, 64]}}""");
        var json = Invocation.Of("noise", "show", file, "--plot", folder.File("law.svg"), "--json").Json();
        Assert.Equal("lattice:steps=2,ratio=3/2^2,weights=90+80+64", json.GetProperty("noise").GetString());
        Assert.Equal(Math.Log(16.0 / 9), json.GetProperty("pureEpsilon").GetDouble(), 1e-12);
        Assert.Equal("Infinity", json.GetProperty("fisherInformation").GetString());
        Assert.Contains("lattice law of step 1/2", Invocation.Of("noise", "show", file).Output);
    }

    [Fact]
    public void The_paper_bound_is_shown_beside_the_exact_divergence_of_an_lmo_law()
    {
        foreach (var at in Show(Lmo).GetProperty("renyi").EnumerateArray().Where(at => at.GetProperty("order").GetDouble() > 1))
        {
            var bound = at.GetProperty("paperBound");
            Assert.True(bound.ValueKind == JsonValueKind.String || bound.GetDouble() >= at.GetProperty("divergence").GetDouble());
        }
    }

    [Fact]
    public void A_claim_is_checked_against_the_exact_figures()
    {
        var kept = Show("laplace:scale=2", "--claimed-epsilon", "0.5").GetProperty("claim");
        Assert.True(kept.GetProperty("holds").GetBoolean());
        Assert.Equal(2, kept.GetProperty("vectorMultiplier").GetDouble(), 1e-9);
        var broken = Show("laplace:scale=2", "--claimed-epsilon", "0.3", "--delta", "1e-10").GetProperty("claim");
        Assert.False(broken.GetProperty("holds").GetBoolean());
        Assert.InRange(broken.GetProperty("exactEpsilon").GetDouble(), 0.499, 0.5);
        Assert.InRange(broken.GetProperty("gaussianMultiplier").GetDouble(), 17, 24);
        Assert.Contains("does not hold", Invocation.Of("noise", "show", "laplace:scale=2", "--claimed-epsilon", "0.3").Output);
    }

    [Fact]
    public void The_authors_file_is_read_either_way_and_says_so()
    {
        var file = folder.Write("law.json", """{"a1": 0.1, "a3": 0.1, "a4": 0.1, "G_theta": 0.5, "G_k": 1, "E_lambda": 5, "U_b": 2, "U_a": 1, "distributions": ["Gamma", "Exponential", "Uniform"]}""");
        var rate = Show(file);
        var scale = Show(file, "--exponential", "scale");
        Assert.Equal("rate", rate.GetProperty("exponential").GetString());
        Assert.Equal("scale", scale.GetProperty("exponential").GetString());
        Assert.NotEqual(rate.GetProperty("std").GetDouble(), scale.GetProperty("std").GetDouble());
        Assert.Contains("as the paper has it", Invocation.Of("noise", "show", file).Output);
    }

    [Theory]
    [InlineData("law.png")]
    [InlineData("law.svg")]
    public void A_plot_is_written(string name)
    {
        var path = folder.File(name);
        var run = Invocation.InGerman("noise", "show", Lmo, "--claimed-epsilon", "0.3", "--plot", path, "--json").Json();
        Assert.Equal(path, run.GetProperty("plot").GetString());
        var bytes = File.ReadAllBytes(path);
        Assert.True(bytes.Length > 5000);
        Assert.Contains(name.EndsWith("png", StringComparison.Ordinal) ? "PNG" : "<svg", Encoding.Latin1.GetString(bytes[..200]));
        Assert.Equal(path, Assert.Single(Directory.GetFiles(folder.Path)));
    }

    [Theory]
    [InlineData("'law.gif' must end in .png or .svg", "laplace:scale=2", "--plot", "law.gif")]
    [InlineData("there is no folder", "laplace:scale=2", "--plot", "nowhere/law.png")]
    [InlineData("decimal point", "laplace:scale=0,3")]
    [InlineData("scale", "laplace:scale=NaN")]
    [InlineData("--claimed-epsilon must be above 0, not 0", "laplace:scale=2", "--claimed-epsilon", "0")]
    [InlineData("--exponential: 'mean' is not one of rate, scale", "laplace:scale=2", "--exponential", "mean")]
    public void Bad_input_is_one_line(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Invocation.InGerman(["noise", "show", .. arguments, "--json"]).Complaint());

    private static JsonElement Show(params string[] arguments) => Invocation.Of(["noise", "show", .. arguments, "--json"]).Json();
}

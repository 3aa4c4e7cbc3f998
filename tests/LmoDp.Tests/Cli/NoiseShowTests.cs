using System.Text;
using System.Text.Json;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class NoiseShowTests : IDisposable
{
    private const string Lmo = "lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2";
    private const string Published = """{"a1": 0.1, "a3": 0.1, "a4": 0.1, "G_theta": 0.5, "G_k": 1, "E_lambda": 5, "U_b": 2, "U_a": 1, "distributions": ["Gamma", "Exponential", "Uniform"]}""";
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

    /// <summary>Pure epsilon 1/2, and delta(e) = 1 - exp((e - 1/2)/2) for one Laplace release of scale 2.</summary>
    [Fact]
    public void Epsilon_at_the_delta_is_shown_without_a_claim_too()
    {
        var usual = Show("laplace:scale=2");
        Assert.Equal(1e-10, usual.GetProperty("delta").GetDouble());
        Assert.Equal(JsonValueKind.Null, usual.GetProperty("claim").ValueKind);
        var (upper, lower) = (Show("laplace:scale=2", "--delta", "0.01").GetProperty("epsilon").GetDouble(), Show("laplace:scale=2", "--delta", "0.01").GetProperty("epsilonLower").GetDouble());
        var exact = 0.5 + 2 * Math.Log(1 - 0.01);
        Assert.InRange(exact, lower, upper);
        Assert.InRange(upper - lower, 0, 1e-9);
        Assert.Contains("at most 0.4798994 (and at least 0.4798993) at delta 0.01 (one number)", Invocation.Of("noise", "show", "laplace:scale=2", "--delta", "0.01").Output);
    }

    [Fact]
    public void A_lattice_laws_epsilon_is_exact()
    {
        // Weights 4 2 1 with tails of ratio 1/2 on whole steps: every loss is log 2 or -log 2, P(loss > 0) = (4 + 4) / 12.
        var json = Show("lattice:steps=1,ratio=1/2^1,weights=4+2+1", "--delta", "0.1");
        Assert.Equal(Math.Log(2), json.GetProperty("pureEpsilon").GetDouble(), 1e-14);
        var exact = Math.Log((8.0 / 12 - 0.1) / (4.0 / 12));
        Assert.InRange(exact, json.GetProperty("epsilonLower").GetDouble(), json.GetProperty("epsilon").GetDouble());
        Assert.Equal(exact, json.GetProperty("epsilon").GetDouble(), 1e-9);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("vector").ValueKind);
        Assert.Contains("for single numbers", Invocation.Of("noise", "show", "lattice:steps=1,ratio=1/2^1,weights=4+2+1").Output);
    }

    /// <summary>Laplace noise on a vector has the Renyi curve of Gaussian noise of multiplier scale at best, and here exactly, so its epsilon lies above that Gaussian's exact one.</summary>
    [Fact]
    public void A_vector_is_accounted_for_as_a_vector()
    {
        var vector = Show("laplace:scale=20").GetProperty("vector");
        Assert.Equal(20, vector.GetProperty("gaussianMultiplier").GetDouble(), 1e-9);
        var gaussian = Show("gaussian:std=20");
        Assert.InRange(vector.GetProperty("epsilon").GetDouble(), gaussian.GetProperty("vector").GetProperty("epsilon").GetDouble(), 0.3);
        Assert.Equal(gaussian.GetProperty("epsilon").GetDouble(), gaussian.GetProperty("vector").GetProperty("epsilon").GetDouble(), 1e-12);
        Assert.Contains("holds for one number and for a vector of any length", Invocation.Of("noise", "show", "laplace:scale=20", "--claimed-epsilon", "0.3").Output);
        Assert.Contains("holds for one number; not proven for vectors", Invocation.Of("noise", "show", "laplace:scale=4", "--claimed-epsilon", "0.3").Output);
    }

    /// <summary>The epsilon in the name of the authors' file holds by the reading of their accountant and fails by that of their sampler; figures of lmo_exact.json.</summary>
    [Fact]
    public void The_epsilon_in_an_authors_file_name_is_checked()
    {
        var file = folder.Write("lmo_eps0.3.json", Published);
        var rate = Show(file);
        Assert.Equal(0.3, rate.GetProperty("claim").GetProperty("epsilon").GetDouble());
        Assert.True(rate.GetProperty("claim").GetProperty("holds").GetBoolean());
        Assert.False(rate.GetProperty("claim").GetProperty("holdsForVector").GetBoolean());
        var scale = Show(file, "--exponential", "scale");
        Assert.False(scale.GetProperty("claim").GetProperty("holds").GetBoolean());
        Assert.Equal(0.8818047, scale.GetProperty("epsilon").GetDouble(), 1e-6);
        Assert.Equal(1.36253, scale.GetProperty("vector").GetProperty("gaussianMultiplier").GetDouble(), 1e-5);
        Assert.Equal(0.9, Show(file, "--claimed-epsilon", "0.9").GetProperty("claim").GetProperty("epsilon").GetDouble());
        // A name claims something only where the authors' format says what is claimed: one release.
        var own = folder.Write("found_eps0.3.json", """{"noise": "lmo:a3=1,rate=5"}""");
        Assert.Equal(JsonValueKind.Null, Show(own).GetProperty("claim").ValueKind);
        Assert.Equal(JsonValueKind.Null, Show(own).GetProperty("exponential").ValueKind);
    }

    [Fact]
    public void The_authors_file_is_read_either_way_and_says_so()
    {
        var file = folder.Write("law.json", Published);
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

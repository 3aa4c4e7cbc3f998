using System.Text;
using System.Text.Json;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class AccountTests : IDisposable
{
    private static readonly string[] Sst2 = ["account", "--noise", "gaussian:std=2", "--sampling-rate", "0.030408765", "--steps", "192"];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_known_run_has_its_known_epsilon()
    {
        var json = Invocation.Of([.. Sst2, "--delta", "1e-10", "--json"]).Json();

        Assert.Equal(1.5053, json.GetProperty("epsilon").GetDouble(), 0.002);
        Assert.InRange(json.GetProperty("epsilonLower").GetDouble(), 1.50, json.GetProperty("epsilon").GetDouble());
        Assert.Equal(1e-10, json.GetProperty("delta").GetDouble());
        Assert.Equal("pld", json.GetProperty("accountant").GetString());
        Assert.True(json.GetProperty("seconds").GetDouble() >= 0);
    }

    [Fact]
    public void The_culture_changes_nothing()
    {
        var german = Invocation.InGerman([.. Sst2, "--delta", "1e-10", "--json"]).Json();
        Assert.Equal(Invocation.Of([.. Sst2, "--delta", "1e-10", "--json"]).Json().GetProperty("epsilon").GetDouble(), german.GetProperty("epsilon").GetDouble());
        Assert.Contains("1.50", Invocation.InGerman([.. Sst2, "--delta", "1e-10"]).Output);
    }

    [Fact]
    public void Delta_answers_epsilon()
    {
        var json = Invocation.Of([.. Sst2, "--epsilon", "1.5053", "--json"]).Json();
        Assert.Equal(1.5053, json.GetProperty("epsilon").GetDouble());
        Assert.InRange(json.GetProperty("delta").GetDouble(), 0.5e-10, 2e-10);
        Assert.InRange(json.GetProperty("deltaLower").GetDouble(), 0.5e-10, json.GetProperty("delta").GetDouble());
    }

    [Fact]
    public void Renyi_has_no_lower_bound_and_is_never_below()
    {
        var json = Invocation.Of([.. Sst2, "--delta", "1e-10", "--accountant", "rdp", "--json"]).Json();
        Assert.Equal(JsonValueKind.Null, json.GetProperty("epsilonLower").ValueKind);
        Assert.True(json.GetProperty("epsilon").GetDouble() > 1.505);
        Assert.Equal("rdp", json.GetProperty("accountant").GetString());
        Assert.True(json.GetProperty("order").GetDouble() > 1);
        Assert.Contains("rdp at order", Invocation.InGerman([.. Sst2, "--delta", "1e-10", "--accountant", "rdp"]).Output);

        var delta = Invocation.Of([.. Sst2, "--epsilon", "1.5053", "--accountant", "rdp", "--json"]).Json();
        Assert.True(delta.GetProperty("delta").GetDouble() > 1e-10);
        Assert.Equal(JsonValueKind.Null, delta.GetProperty("deltaLower").ValueKind);
    }

    [Fact]
    public void Vectors_of_coordinate_noise_are_accounted_by_renyi_and_refused_by_pld()
    {
        string[] vector = ["account", "--noise", "laplace:scale=20", "--release", "vector", "--sampling-rate", "0.03", "--steps", "100", "--delta", "1e-5"];
        Assert.Equal("rdp", Invocation.Of([.. vector, "--json"]).Json().GetProperty("accountant").GetString());
        Assert.Contains("use the rdp accountant", Invocation.Of([.. vector, "--accountant", "pld"]).Complaint());
    }

    [Fact]
    public void A_composition_adds_its_groups_up()
    {
        var half = """{"noise": "gaussian:std=2", "samplingRate": 0.030408765, "steps": 96}""";
        var file = folder.Write("run.json", $"[{half}, {half}]");
        var whole = Invocation.Of([.. Sst2, "--delta", "1e-10", "--json"]).Json().GetProperty("epsilon").GetDouble();
        Assert.Equal(whole, Invocation.Of("account", "--composition", file, "--delta", "1e-10", "--json").Json().GetProperty("epsilon").GetDouble(), 1e-3 * whole);
    }

    [Theory]
    [InlineData("profile.png", "pld")]
    [InlineData("profile.svg", "rdp")]
    public void A_plot_of_the_privacy_profile_is_written(string name, string accountant)
    {
        var path = folder.File(name);
        var json = Invocation.InGerman([.. Sst2, "--delta", "1e-10", "--accountant", accountant, "--plot", path, "--json"]).Json();
        Assert.Equal(path, json.GetProperty("plot").GetString());
        Assert.Contains(name.EndsWith("png", StringComparison.Ordinal) ? "PNG" : "<svg", Encoding.Latin1.GetString(File.ReadAllBytes(path)[..200]));
        Assert.Equal(path, Assert.Single(Directory.GetFiles(folder.Path)));
        Assert.Equal(JsonValueKind.Null, Invocation.Of([.. Sst2, "--delta", "1e-10", "--json"]).Json().GetProperty("plot").ValueKind);
    }

    [Fact]
    public void A_run_that_costs_nothing_can_be_plotted_too()
    {
        foreach (var accountant in new[] { "pld", "rdp" })
            Assert.Equal(0, Invocation.Of("account", "--noise", "gaussian:std=1", "--sampling-rate", "0.1", "--steps", "0", "--delta", "1e-5", "--accountant", accountant, "--plot", folder.File("none.png"), "--json")
                .Json().GetProperty("epsilon").GetDouble());
    }

    [Fact]
    public void A_lattice_law_is_accounted_from_its_file_as_it_is()
    {
        var file = folder.Write("law.json", """{"noise": {"family": "lattice", "stepsPerSensitivity": 2, "tailRatio": {"numerator": 3, "bits": 2}, "weights": [90, 80, 64]}}""");
        string[] run = ["account", "--noise", file, "--release", "scalar", "--sampling-rate", "1", "--steps", "1"];
        // The whole tail has the loss log(16/9), and the outcome of one step the larger log(90/64) only: pure epsilon log(16/9).
        Assert.Equal(Math.Log(16.0 / 9), Invocation.Of([.. run, "--delta", "1e-12", "--json"]).Json().GetProperty("epsilon").GetDouble(), 1e-6);
        Assert.Equal("rdp", Invocation.Of([.. run, "--delta", "1e-12", "--accountant", "rdp", "--json"]).Json().GetProperty("accountant").GetString());
        Assert.Contains("no vector guarantee", Invocation.Of(["account", "--noise", file, "--release", "vector", "--sampling-rate", "1", "--steps", "1", "--delta", "1e-5"]).Complaint());
    }

    [Theory]
    [InlineData("--plot: 'profile.gif' must end in .png or .svg", "--delta", "1e-5", "--plot", "profile.gif")]
    [InlineData("--delta: '0,3' is not a number; use a decimal point", "--delta", "0,3")]
    [InlineData("--delta must be above 0 and below 1, not nan", "--delta", "nan")]
    [InlineData("--delta must be above 0 and below 1, not 0", "--delta", "0")]
    [InlineData("--epsilon must be at least 0, not -0.5", "--epsilon", "-0.5")]
    [InlineData("give one of --delta and --epsilon")]
    [InlineData("give one of --delta and --epsilon", "--delta", "1e-5", "--epsilon", "1")]
    [InlineData("--accountant: 'gdp' is not one of pld, rdp", "--delta", "1e-5", "--accountant", "gdp")]
    public void Bad_parameters_are_one_line(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Invocation.InGerman([.. Sst2, .. arguments, "--json"]).Complaint());

    [Theory]
    [InlineData("--noise is missing", "--sampling-rate", "0.1", "--steps", "1")]
    [InlineData("--sampling-rate is missing", "--noise", "gaussian:std=1", "--steps", "1")]
    [InlineData("--steps is missing", "--noise", "gaussian:std=1", "--sampling-rate", "0.1")]
    [InlineData("--release is missing", "--noise", "laplace:scale=1", "--sampling-rate", "0.1", "--steps", "1")]
    [InlineData("std", "--noise", "gaussian:std=-1", "--sampling-rate", "0.1", "--steps", "1")]
    [InlineData("decimal point", "--noise", "gaussian:std=0,3", "--sampling-rate", "0.1", "--steps", "1")]
    [InlineData("cauchy", "--noise", "cauchy:scale=1", "--sampling-rate", "0.1", "--steps", "1")]
    [InlineData("nowhere.json", "--noise", "nowhere.json", "--sampling-rate", "0.1", "--steps", "1")]
    [InlineData("--sampling-rate must be above 0 and at most 1, not 2", "--noise", "gaussian:std=1", "--sampling-rate", "2", "--steps", "1")]
    [InlineData("--steps must be at least 0, not -1", "--noise", "gaussian:std=1", "--sampling-rate", "0.1", "--steps", "-1")]
    [InlineData("--composition: there is no file 'nowhere.json'", "--composition", "nowhere.json")]
    [InlineData("--noise and --composition exclude each other", "--composition", "nowhere.json", "--noise", "gaussian:std=1")]
    public void Bad_descriptions_are_one_line(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Invocation.Of(["account", "--delta", "1e-5", .. arguments, "--json"]).Complaint());

    [Theory]
    [InlineData("[]", "there is no group in it")]
    [InlineData("null", "there is no group in it")]
    [InlineData("[null]", "there is no group in it")]
    [InlineData("{}", "not a list of groups")]
    [InlineData("[{", "not a list of groups")]
    [InlineData("""[{"noise": "gaussian:std=1", "samplingRate": 0.1}]""", "not a list of groups")]
    [InlineData("""[{"noise": "gaussian:std=1", "samplingRate": 0.1, "steps": 1.5}]""", "at $[0].steps: not a list of groups")]
    [InlineData("""[{"noise": null, "samplingRate": 0.1, "steps": 1}]""", "not a list of groups")]
    [InlineData("""[{"noise": "gaussian:std=1", "samplingRate": 0.1, "steps": 1, "sigma": 2}]""", "not a list of groups")]
    [InlineData("""[{"noise": "gaussian:std=1", "samplingRate": 7, "steps": 1}]""", "sampling rate")]
    [InlineData("""[{"noise": "laplace:scale=1", "samplingRate": 0.1, "steps": 1}]""", "--release is missing")]
    public void Bad_compositions_are_one_line(string content, string complaint)
        => Assert.Contains(complaint, Invocation.Of("account", "--composition", folder.Write("run.json", content), "--delta", "1e-5", "--json").Complaint());
}

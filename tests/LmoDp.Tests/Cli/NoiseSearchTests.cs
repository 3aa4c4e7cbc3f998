using System.Globalization;
using System.Text.Json;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class NoiseSearchTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>One release at (1, 1e-3) on a lattice of three steps: the linear programme's optimum is sqrt(1.847183) with a tail that falls by 0.3 a step, and less with more freedom.</summary>
    [Fact]
    public void What_is_found_is_told_and_kept_in_a_file_that_account_takes()
    {
        var file = Path.Combine(folder.Path, "found.json");
        var json = Invocation.InGerman("noise", "search", "--epsilon", "1", "--delta", "1e-3", "--steps-per-sensitivity", "3", "--output", file, "--json").Json();
        var std = json.GetProperty("std").GetDouble();
        Assert.InRange(std, 1.355, 1.3595);
        Assert.Equal(std, json.GetProperty("objectiveValue").GetDouble());
        Assert.InRange(json.GetProperty("epsilon").GetDouble(), 0.9999, 1);
        Assert.True(json.GetProperty("gap").GetProperty("isOptimumBound").GetBoolean());
        Assert.InRange(json.GetProperty("gap").GetProperty("bound").GetDouble(), 0.999 * std, std);
        Assert.True(std < json.GetProperty("gaussian").GetProperty("std").GetDouble());
        Assert.Equal(Math.Sqrt(2) * json.GetProperty("laplace").GetProperty("meanAbs").GetDouble(), json.GetProperty("laplace").GetProperty("std").GetDouble(), 1e-12);

        using var kept = JsonDocument.Parse(File.ReadAllText(file));
        var certificate = kept.RootElement.GetProperty("certificate");
        Assert.Equal((1, 1e-3, 1, 1), (certificate.GetProperty("epsilon").GetDouble(), certificate.GetProperty("delta").GetDouble(), certificate.GetProperty("samplingRate").GetDouble(), certificate.GetProperty("steps").GetInt32()));
        Assert.Equal(json.GetProperty("noise").GetString(), NoiseLawFile.Read(file).ToString());
        var account = Invocation.Of("account", "--noise", file, "--release", "scalar", "--sampling-rate", "1", "--steps", "1", "--delta", "1e-3", "--json").Json();
        Assert.Equal(certificate.GetProperty("epsilonUpper").GetDouble(), account.GetProperty("epsilon").GetDouble(), 1e-9);
        Assert.Equal(certificate.GetProperty("epsilonLower").GetDouble(), account.GetProperty("epsilonLower").GetDouble(), 1e-9);
    }

    [Fact]
    public void The_same_search_writes_the_same_bytes()
    {
        byte[] Written(string name)
        {
            var file = Path.Combine(folder.Path, name);
            Assert.Equal(0, Invocation.Of("noise", "search", "--epsilon", "2", "--delta", "1e-5", "--sampling-rate", "0.5", "--objective", "usefulness:1.5", "--steps-per-sensitivity", "2", "--output", file).ExitCode);
            return File.ReadAllBytes(file);
        }
        var first = Written("one.json");
        File.WriteAllText(Path.Combine(folder.Path, "two.json"), "an older file, replaced as a whole");
        Assert.Equal(first, Written("two.json"));
    }

    [Fact]
    public void A_person_reads_the_law_the_certificate_and_the_comparison()
    {
        var run = Invocation.Of("noise", "search", "--epsilon", "1", "--delta", "1e-3", "--steps-per-sensitivity", "2", "--objective", "mean-abs");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("lattice law of step 1/2", run.Output);
        Assert.Contains("at delta 0.001, for single numbers", run.Output);
        Assert.Contains("no unimodal law of these places and tail has mean-abs below", run.Output);
        Assert.Contains("laplace", run.Output);
        Assert.DoesNotContain("NaN", run.Output);
    }

    [Theory]
    [InlineData("--epsilon 0 --delta 1e-5", "--epsilon")]
    [InlineData("--epsilon -1 --delta 1e-5", "--epsilon")]
    [InlineData("--epsilon nan --delta 1e-5", "--epsilon")]
    [InlineData("--epsilon 1,5 --delta 1e-5", "--epsilon")]
    [InlineData("--epsilon 1 --delta 0", "--delta")]
    [InlineData("--epsilon 1 --delta 1", "--delta")]
    [InlineData("--epsilon 1", "--delta")]
    [InlineData("--delta 1e-5", "--epsilon")]
    [InlineData("--epsilon 1 --delta 1e-5 --sampling-rate 1.5", "--sampling-rate")]
    [InlineData("--epsilon 1 --delta 1e-5 --sampling-rate 0", "--sampling-rate")]
    [InlineData("--epsilon 1 --delta 1e-5 --steps 0", "--steps")]
    [InlineData("--epsilon 1 --delta 1e-5 --steps 1.5", "--steps")]
    [InlineData("--epsilon 1 --delta 1e-5 --steps-per-sensitivity 0", "--steps-per-sensitivity")]
    [InlineData("--epsilon 1 --delta 1e-5 --steps-per-sensitivity 2000000", "--steps-per-sensitivity")]
    [InlineData("--epsilon 1 --delta 1e-5 --family cauchy", "cauchy")]
    [InlineData("--epsilon 1 --delta 1e-5 --objective variance", "variance")]
    [InlineData("--epsilon 1 --delta 1e-5 --objective usefulness", "usefulness")]
    [InlineData("--epsilon 1 --delta 1e-5 --objective usefulness:0", "usefulness")]
    [InlineData("--epsilon 1 --delta 1e-5 --objective usefulness:-2", "usefulness")]
    [InlineData("--epsilon 1 --delta 1e-5 --objective usefulness:1e999", "usefulness")]
    [InlineData("--epsilon 1 --delta 1e-5 --output /no/such/folder/found.json", "/no/such/folder")]
    [InlineData("--epsilon 1 --delta 1e-5 found.json", "found.json")]
    public void Bad_input_is_one_line(string arguments, string names) =>
        Assert.Contains(names, Invocation.Of(["noise", "search", .. arguments.Split(' ')]).Complaint());

    /// <summary>Targets far out end in a certified law or one line, never in a fault. (epsilon 1e-6 asks for noise of a million sensitivities.)</summary>
    [Theory]
    [InlineData("--epsilon 1e-6 --delta 1e-10")]
    [InlineData("--epsilon 100 --delta 1e-10")]
    [InlineData("--epsilon 1e300 --delta 1e-10")]
    [InlineData("--epsilon 0.3 --delta 1e-300")]
    [InlineData("--epsilon 0.3 --delta 0.9")]
    [InlineData("--epsilon 1 --delta 1e-10 --sampling-rate 1e-9")]
    [InlineData("--epsilon 1 --delta 1e-10 --steps-per-sensitivity 1")]
    [InlineData("--epsilon 1 --delta 1e-10 --objective usefulness:1e9")]
    public void Absurd_targets_give_a_certified_law_or_one_line(string arguments)
    {
        string[] words = ["noise", "search", .. arguments.Split(' '), "--json"];
        var run = Invocation.Of(words);
        if (run.ExitCode == 2)
        {
            Assert.NotEmpty(run.Complaint());
            return;
        }
        Assert.InRange(run.Json().GetProperty("epsilon").GetDouble(), 0, double.Parse(words[3], CultureInfo.InvariantCulture));
    }
}

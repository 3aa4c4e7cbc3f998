using System.Globalization;
using System.Text;
using System.Text.Json;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Tests.Sampling;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class ReproduceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_published_parameters_are_accounted_for()
    {
        var json = Invocation.InGerman("reproduce", "parameters", "--json").Json();
        Assert.Equal((74, 31, 29, 26), (Whole(json, "fileCount"), Whole(json, "setCount"), Whole(json, "exceedReported"), Whole(json, "exceedName")));
        // Set 3, fig6/lmo_eps0.3.json: figures of lmo_authors_accounting.json and lmo_exact.json.
        var set = json.GetProperty("sets")[2];
        Assert.Equal([0.3], set.GetProperty("claimedEpsilons").EnumerateArray().Select(claim => claim.GetDouble()));
        Assert.Equal(0.2932127545299491, set.GetProperty("reportedEpsilon").GetDouble(), 1e-9);
        Assert.Equal(23.25595761141759, set.GetProperty("reportedMultiplier").GetDouble(), 1e-9);
        Assert.Equal(1.3082973728621952, set.GetProperty("rate").GetProperty("formulaEpsilon").GetDouble(), 1e-9);
        Assert.Equal(22.195598220093313, set.GetProperty("scale").GetProperty("formulaEpsilon").GetDouble(), 1e-9);
        Assert.Equal(0.8818047, set.GetProperty("scale").GetProperty("epsilon").GetDouble(), 1e-6);
        Assert.Equal(1.36253, set.GetProperty("scale").GetProperty("vectorMultiplier").GetDouble(), 1e-5);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("sets")[22].GetProperty("scale").GetProperty("formulaEpsilon").ValueKind);
        // A larger delta costs less, one release at a time.
        var larger = Invocation.Of("reproduce", "parameters", "--delta", "1e-5", "--json").Json();
        Assert.True(larger.GetProperty("sets")[2].GetProperty("scale").GetProperty("epsilon").GetDouble() < 0.8818);
    }

    [Fact]
    public void The_table_is_written_as_csv_and_markdown()
    {
        var run = Invocation.Of("reproduce", "parameters", "--output", folder.File("published"));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("29 of 31", run.Output);
        var rows = Rows(folder.File("published", "parameters.csv"));
        Assert.Equal(32, rows.Length);
        Assert.All(rows, row => Assert.Equal(rows[0].Length, row.Length));
        var exact = Array.IndexOf(rows[0], "scale.epsilon");
        Assert.Equal(0.8818047, double.Parse(rows[3][exact], CultureInfo.InvariantCulture), 1e-6);
        Assert.Contains("| 3 | 0.3 | 0.2932 | 128 | 1.309 | 22.2 | 0.2348 | 0.8819 | 4.536 | 1.363 | 23.26 |", File.ReadAllText(folder.File("published", "parameters.md")));
    }

    /// <summary>docs/published-parameters.md holds the tables that the verb writes, to the letter.</summary>
    [Fact]
    public void The_documentation_holds_the_tables_as_they_are_computed()
    {
        Invocation.Of("reproduce", "parameters", "--output", folder.Path, "--json").Json();
        var document = File.ReadAllText(Path.Combine(Repository(), "docs", "published-parameters.md")).ReplaceLineEndings("\n");
        foreach (var table in File.ReadAllText(folder.File("parameters.md")).Split("\n\n"))
            Assert.Contains(table.Trim(), document);
    }

    [Fact]
    public void The_figures_on_noise_are_written_the_same_every_time()
    {
        var json = Invocation.InGerman("reproduce", "noise", "--output", folder.File("first"), "--json").Json();
        var files = json.GetProperty("files").EnumerateArray().Select(file => file.GetString()!).ToArray();
        Assert.Equal(["noise-against-epsilon.csv", "noise-against-epsilon.png", "noise-against-epsilon.svg", "noise-draws.csv", "noise-draws.png", "noise-draws.svg"],
            files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(files.Order(), Directory.GetFiles(folder.File("first")).Order());
        Assert.All(files.Where(file => file.EndsWith(".png", StringComparison.Ordinal)), file => Assert.Contains("PNG", Encoding.Latin1.GetString(File.ReadAllBytes(file)[..8])));
        Assert.All(files.Where(file => file.EndsWith(".svg", StringComparison.Ordinal)), file => Assert.Contains("<svg", File.ReadAllText(file)[..200]));
        Invocation.Of("reproduce", "noise", "--output", folder.File("second"), "--json").Json();
        foreach (var table in files.Where(file => file.EndsWith(".csv", StringComparison.Ordinal)))
            Assert.Equal(File.ReadAllBytes(table), File.ReadAllBytes(folder.File("second", Path.GetFileName(table))));
    }

    /// <summary>Variances and entropies of the Gaussian and the Laplace law from their closed forms, and the claim kept by both.</summary>
    [Fact]
    public void The_figures_numbers_are_those_of_the_laws()
    {
        Invocation.Of("reproduce", "noise", "--output", folder.Path, "--json").Json();
        var rows = Rows(folder.File("noise-against-epsilon.csv"));
        Assert.Equal([0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 2, 3, 4], Column(rows, "claimedEpsilon"));
        var claims = Column(rows, "claimedEpsilon");
        var (gaussian, laplace) = (Column(rows, "gaussianVariance"), Column(rows, "laplaceVariance"));
        for (var i = 0; i < claims.Length; i++)
        {
            Assert.Equal(0.5 * Math.Log(2 * Math.PI * Math.E * gaussian[i]), Column(rows, "gaussianEntropy")[i], 1e-9);
            Assert.Equal(1 + 0.5 * Math.Log(2 * laplace[i]), Column(rows, "laplaceEntropy")[i], 1e-9);
            Assert.Equal(2 * Math.Log(1.25e10) / (claims[i] * claims[i]), Column(rows, "classicalGaussianVariance")[i], 1e-6);
            // delta of one Laplace release: 1 - exp((epsilon - 1/scale)/2).
            Assert.Equal(1 / (claims[i] - 2 * Math.Log(1 - 1e-10)), Math.Sqrt(laplace[i] / 2), 1e-5 / claims[i]);
            Assert.InRange(new OneRelease(new GaussianLaw(Math.Sqrt(gaussian[i]))).Delta(claims[i]), 0.9999e-10, 1e-10);
        }
        // lmo_exact.json, fig6/lmo_eps0.15.json read as a scale.
        Assert.Equal(36.5489641434754, Column(rows, "lmoVariance")[0], 1e-8);
    }

    /// <summary>1,000 draws of a fixed seed against each distribution function (false alarms: 1e-8 each), and against the other reading of E_lambda, which they must fail.</summary>
    [Fact]
    public void The_draws_are_those_of_the_published_sampler()
    {
        Invocation.Of("reproduce", "noise", "--output", folder.Path, "--json").Json();
        var rows = Rows(folder.File("noise-draws.csv"));
        var draws = Column(rows, "lmo.0.3");
        Assert.Equal(1000, draws.Length);
        var (sampled, accounted) = (NoiseLawParser.Parse("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,scale=5,a4=0.1,a=1,b=2"), NoiseLawParser.Parse("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2"));
        KolmogorovSmirnov.Accept(draws, sampled.Cdf, "lmo draws");
        Assert.True(KolmogorovSmirnov.Statistic(draws, accounted.Cdf) > KolmogorovSmirnov.Threshold);
        KolmogorovSmirnov.Accept(Column(rows, "gaussian.0.3"), new GaussianLaw(18.7307).Cdf, "gaussian draws");
    }

    [Theory]
    [InlineData("'--output' is required", "noise")]
    [InlineData("--exponential: 'mean' is not one of rate, scale", "noise", "--exponential", "mean", "--output", "out")]
    [InlineData("--delta must be above 0 and below 1, not 2", "parameters", "--delta", "2")]
    [InlineData("give one of noise, parameters")]
    public void Bad_input_is_one_line(string complaint, params string[] arguments)
        => Assert.Contains(complaint, Invocation.InGerman(["reproduce", .. arguments]).Complaint());

    [Fact]
    public void A_folder_that_cannot_be_made_is_bad_input()
    {
        var file = folder.Write("taken", "");
        Assert.Contains("cannot be made", Invocation.Of("reproduce", "parameters", "--output", Path.Combine(file, "below"), "--json").Complaint());
        Assert.Contains("cannot be made", Invocation.Of("demo", "--output", Path.Combine(file, "below")).Complaint());
    }

    private static int Whole(JsonElement json, string property) => json.GetProperty(property).GetInt32();

    private static string[][] Rows(string path) => [.. File.ReadAllLines(path).Select(line => line.Split(','))];

    private static double[] Column(string[][] rows, string name) => [.. rows.Skip(1).Select(row => double.Parse(row[Array.IndexOf(rows[0], name)], CultureInfo.InvariantCulture))];

    private static string Repository()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "lmodp.slnx")))
                return at.FullName;
        }
        throw new DirectoryNotFoundException("the tests do not run inside the repository");
    }
}

using System.Text.Json;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Published;
using LmoDp.Tests;
using Xunit;

namespace LmoDp.Privacy.Tests.Published;

public class PublishedParametersTests
{
    [Fact]
    public void There_are_74_files_and_31_distinct_sets()
    {
        var sets = PublishedParameters.All;
        Assert.Equal(31, sets.Count);
        Assert.Equal(74, sets.Sum(set => set.Files.Count));
        Assert.Equal(31, sets.Select(set => set.Law(ExponentialReading.Rate).ToString()).Distinct().Count());
        var strongest = sets.Single(set => set.Files.Any(file => file.Path == "fig6/lmo_eps0.3.json"));
        Assert.Equal("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=1,b=2", strongest.Law(ExponentialReading.Rate).ToString());
        Assert.Equal("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=0.2,a4=0.1,a=1,b=2", strongest.Law(ExponentialReading.Scale).ToString());
        Assert.Equal(8, strongest.Files.Count);
        Assert.Equal([0.5, 1], sets.Single(set => set.ClaimedEpsilons.Count > 1).ClaimedEpsilons);
    }

    [Fact]
    public void The_list_is_that_of_the_reference_data()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Require("goldens", "accounting", "lmo_authors_accounting.json")));
        var files = PublishedParameters.All.SelectMany(set => set.Files.Select(file => (Set: set, File: file))).ToDictionary(at => (at.File.Repository, at.File.Path));
        var rows = document.RootElement.GetProperty("rows").EnumerateArray().ToArray();
        Assert.Equal(rows.Length, files.Count);
        foreach (var row in rows)
        {
            var (set, file) = files[(row.GetProperty("repo").GetString()!, row.GetProperty("file").GetString()!)];
            Assert.Equal(row.GetProperty("nominal_epsilon_from_file_name").GetDouble(), file.ClaimedEpsilon);
            Assert.Equal(row.GetProperty("file_delta") is { ValueKind: JsonValueKind.Number } delta ? delta.GetDouble() : null, file.Delta);
            var p = row.GetProperty("parameters");
            Assert.Equal(
                new[] { "a1", "G_k", "G_theta", "a3", "E_lambda", "a4", "U_a", "U_b" }.Select(key => p.GetProperty(key).GetDouble()),
                [set.A1, set.K, set.Theta, set.A3, set.Lambda, set.A4, set.A, set.B]);
        }
    }

    [Theory]
    [InlineData("lmo_eps0.3.json", 0.3)]
    [InlineData("/some/where/lmo_eps_0.15.json", 0.15)]
    [InlineData("optimized_epsilon/lmo_eps3 copy.json", 3.0)]
    [InlineData("eps2.json", 2.0)]
    [InlineData("noise-epsilon_1.5.json", 1.5)]
    [InlineData("steps5.json", null)]
    [InlineData("lmo_eps0.json", null)]
    [InlineData("eps0.3/law.json", null)]
    [InlineData("law.json", null)]
    public void A_file_name_may_claim_an_epsilon(string path, double? epsilon) => Assert.Equal(epsilon, PublishedFile.EpsilonInName(path));
}

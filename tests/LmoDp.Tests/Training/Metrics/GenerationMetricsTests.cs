using System.Text.Json;
using CsCheck;
using LmoDp.Training.Metrics;
using Xunit;

namespace LmoDp.Tests.Training.Metrics;

public class GenerationMetricsTests
{
    [Theory]
    [InlineData("baseline-output.txt")]
    [InlineData("sys-constant.txt")]
    [InlineData("sys-corrupted-reference.txt")]
    [InlineData("sys-random-reference.txt")]
    [InlineData("sys-template.txt")]
    public void E2eMetricsAreMet(string system)
    {
        var folder = SharedData.Require("goldens", "metrics");
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        var expected = document.RootElement.EnumerateArray().Single(entry => entry.GetProperty("system").GetString() == system);
        var texts = JudgedFiles.Read(Path.Combine(folder, expected.GetProperty("references").GetString()!), Path.Combine(folder, system));
        Assert.Equal(expected.GetProperty("instances").GetInt32(), texts.Count);
        var found = GenerationMetrics.Of(texts);
        Assert.Equal(expected.GetProperty("BLEU").GetDouble(), Math.Round(found.Bleu, 4));
        Assert.Equal(expected.GetProperty("NIST").GetDouble(), Math.Round(found.Nist, 4));
        var unrounded = expected.GetProperty("unrounded");
        // The stated tolerances are 2e-3 and 5e-3; the figures agree to rounding.
        Assert.Equal(unrounded.GetProperty("ROUGE_L").GetDouble(), found.RougeL, 1e-12);
        Assert.Equal(unrounded.GetProperty("CIDEr").GetDouble(), found.Cider, 1e-12);
        Assert.InRange(found.MeteorExactStem, 0, 1);
    }

    [Fact]
    public void ReferencesScoreBest()
    {
        var found = GenerationMetrics.Of([new("A cheap pub in the city centre.", ["A cheap pub in the city centre.", "a pub"]), new("A dear inn by the river.", ["A dear inn by the river."])]);
        Assert.Equal((1.0, 1.0, 1.0), (Math.Round(found.Bleu, 12), Math.Round(found.RougeL, 12), Math.Round(found.MeteorExactStem, 12)));
    }

    [Fact]
    public void AnyTextsHaveScores()
    {
        string[] odd = ["it's", "£20-25", "U.S.", "\"so\"", "", "-", "a/b", "centre", "\U0001F600", "www.a.com", "<b>"];
        var text = Gen.OneOf(Gen.String, Gen.Int[0, odd.Length - 1].Array[0, 8].Select(words => string.Join(' ', words.Select(word => odd[word]))));
        Gen.Select(text, text.Array[1, 3]).Select((output, references) => new JudgedText(output, references)).Array[1, 4].Sample(texts =>
        {
            var found = GenerationMetrics.Of(texts);
            Assert.InRange(found.Bleu, 0, 1 + 1e-12);
            Assert.InRange(found.RougeL, 0, 1 + 1e-12);
            Assert.InRange(found.Cider, 0, 10 + 1e-12);
            Assert.InRange(found.MeteorExactStem, 0, 1 + 1e-12);
            Assert.True(found.Nist >= 0 && double.IsFinite(found.Nist));
        }, seed: "0000000000042", iter: 300, threads: 1);
    }

    [Fact]
    public void EveryTextNeedsAReference()
    {
        Assert.Throws<ArgumentException>(() => GenerationMetrics.Of([]));
        Assert.Throws<ArgumentException>(() => GenerationMetrics.Of([new("a", [])]));
    }
}

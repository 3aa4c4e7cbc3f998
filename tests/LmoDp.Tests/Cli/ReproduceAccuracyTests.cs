using System.Globalization;
using System.Text.Json;
using LmoDp.Cli.Study;
using Xunit;

namespace LmoDp.Tests.Cli;

public sealed class ReproduceAccuracyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string[] common;
    private readonly string output;

    public ReproduceAccuracyTests()
    {
        var model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        var rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(row => row % 2 == 0 ? "a good film,yes\n" : "bad films,no\n")));
        output = folder.File("study");
        common = ["reproduce", "accuracy", "--model", model, "--task", "text-classification", "--train", rows, "--evaluation", rows, "--labels", "no,yes", "--batch-size", "5", "--steps", "4", "--max-tokens", "16", "--output", output];
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EveryCallAddsItsRunsAndMakesNoneTwice()
    {
        var first = Invocation.Of([.. common, "--delta", "1e-5", "--epsilon", "1,2", "--seeds", "2"]);
        Assert.True(first.ExitCode == 0, first.Error);
        Assert.Equal(4, Runs().Count);
        var before = Directory.GetFiles(output, "run.json", SearchOption.AllDirectories).ToDictionary(file => file, File.GetLastWriteTimeUtc);
        Assert.Equal(4, before.Count);

        var second = Invocation.InGerman([.. common, "--method", "non-private", "--seeds", "1"]);
        Assert.True(second.ExitCode == 0, second.Error);
        var again = Invocation.Of([.. common, "--delta", "1e-5", "--epsilon", "2", "--seeds", "2"]);
        Assert.Equal(2, again.Error.Split("there already").Length - 1);
        Assert.All(before, entry => Assert.Equal(entry.Value, File.GetLastWriteTimeUtc(entry.Key)));

        var runs = Runs();
        Assert.Equal(["", "1", "1", "2", "2"], runs.Select(run => run["claimedEpsilon"]).Order());
        Assert.All(runs.Where(run => run["noise"].Length > 0), run =>
        {
            Assert.Equal("gaussian", run["noise"]);
            Assert.InRange(Number(run["epsilon"]), 0.99 * Number(run["claimedEpsilon"]), Number(run["claimedEpsilon"]));
            Assert.Equal("1E-05", run["delta"]);
            Assert.InRange(Number(run["accuracyDev"]), 0, 1);
        });
        var page = File.ReadAllText(Path.Combine(output, "accuracy.md"));
        Assert.Equal(2 + 3, page.Split('\n').Count(line => line.StartsWith('|')));
        Assert.Contains("| 2 |\n", page); // two seeds in a row
        Assert.True(new FileInfo(Path.Combine(output, "accuracy.png")).Length > 1000);
        Assert.True(new FileInfo(Path.Combine(output, "accuracy.svg")).Length > 1000);
        Assert.Empty(Directory.GetFiles(output, "model.safetensors", SearchOption.AllDirectories));
    }

    [Fact]
    public void PublishedNoiseStandsAtWhatItReallyCostsAndItsShapeIsScaledToTheGuarantee()
    {
        const string shape = "lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=0.2,a4=0.1,a=1,b=2"; // the set that claims 0.3, as its sampler draws it
        var run = Invocation.Of([.. common, "--epsilon", "0.3", "--noise", $"published;{shape}"]);
        Assert.True(run.ExitCode == 0, run.Error);
        var runs = Runs().ToDictionary(row => row["noise"]);
        Assert.InRange(Number(runs["published"]["epsilon"]), 3, 100);
        Assert.InRange(Number(runs[shape]["epsilon"]), 0.29, 0.3);
        Assert.Equal("0.3", runs["published"]["claimedEpsilon"]);
        // One law at two scales.
        Assert.True(Number(runs[shape]["noiseStd"]) > 5 * Number(runs["published"]["noiseStd"]));
        var accounted = Invocation.Of("account", "--noise", shape, "--release", "vector", "--sampling-rate", "0.25", "--steps", "4", "--delta", "1e-10", "--json").Json();
        Assert.Equal(accounted.GetProperty("epsilon").GetDouble(), Number(runs["published"]["epsilon"]), 1e-6);
    }

    [Fact]
    public void TheGaussianOfThePapersComparisonStandsAtWhatItCostsToo()
    {
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "0.3", "--noise", "classical"]).ExitCode);
        var (run, multiplier) = (Runs().Single(), Math.Sqrt(2 * Math.Log(1.25e10)) / 0.3);
        Assert.Equal(22.73, multiplier, 0.005);
        Assert.Equal(multiplier * 257 / 256, Number(run["noiseStd"]), 1e-9); // with the margin for float32 sums
        var accounted = Invocation.Of("account", "--noise", FormattableString.Invariant($"gaussian:std={multiplier:R}"), "--sampling-rate", "0.25", "--steps", "4", "--delta", "1e-10", "--json").Json();
        Assert.Equal(accounted.GetProperty("epsilon").GetDouble(), Number(run["epsilon"]), 1e-5); // both are upper bounds, as tight as their calibration asks
        Assert.Equal("0.3", run["claimedEpsilon"]);
    }

    [Fact]
    public void AnInterruptedRunGoesOn()
    {
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1", "--delta", "1e-5"]).ExitCode);
        var expected = Runs().Single()["accuracyDev"];
        var running = CellBackToRunning();
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1", "--delta", "1e-5"]).ExitCode);
        Assert.Equal(expected, Runs().Single()["accuracyDev"]);
        Assert.False(Directory.Exists(running));
    }

    /// <summary>Steps that are made again after an interruption on another machine may be charged twice, so that the run ends early: that is not the run that was asked for.</summary>
    [Fact]
    public void ARunThatEndedEarlyIsMadeAnew()
    {
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1", "--delta", "1e-5"]).ExitCode);
        var expected = Runs().Single()["accuracyDev"];
        var running = CellBackToRunning();
        var record = Path.Combine(running, "run.json");
        File.WriteAllText(record, File.ReadAllText(record).Replace("\"steps\": 4,", "\"steps\": 3,", StringComparison.Ordinal));
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1", "--delta", "1e-5"]).ExitCode);
        Assert.Equal(("4", expected), (Runs().Single()["steps"], Runs().Single()["accuracyDev"]));
    }

    [Fact]
    public void TwoReadingsOfOneSetAreKeptApart()
    {
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "0.3", "--noise", "published"]).ExitCode);
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "0.3", "--noise", "published", "--exponential", "rate"]).ExitCode);
        Assert.Equal(2, Runs().Select(run => run["noise"]).Distinct().Count());
        Assert.Equal(2, Runs().Select(run => run["epsilon"]).Distinct().Count());
    }

    [Fact]
    public void ADamagedCellIsNamed()
    {
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1", "--delta", "1e-5"]).ExitCode);
        var cell = Directory.GetDirectories(Path.Combine(output, "cells")).Single();
        File.WriteAllText(Path.Combine(cell, "cell.json"), "{");
        var run = Invocation.Of([.. common, "--epsilon", "1", "--delta", "1e-5"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("cell.json is damaged", run.Error);
    }

    [Theory]
    [InlineData("--epsilon is missing", "--delta", "1e-5")]
    [InlineData("--epsilon: '' is not a number", "--epsilon", "1,")]
    [InlineData("--epsilon must be", "--epsilon", "0")]
    [InlineData("--noise needs a private --method", "--method", "non-private", "--noise", "gaussian")]
    [InlineData("no published parameters claim epsilon 0.35", "--epsilon", "0.35", "--noise", "published")]
    [InlineData("not a family that --method zeroth-order searches", "--epsilon", "0.3", "--noise", "published", "--method", "zeroth-order")]
    [InlineData("not a family that --method zeroth-order searches", "--epsilon", "0.3", "--noise", "laplace:scale=50", "--method", "zeroth-order")]
    [InlineData("--exponential says", "--epsilon", "0.3", "--noise", "gaussian;classical", "--exponential", "rate")]
    [InlineData("--exponential says", "--epsilon", "0.3", "--method", "zeroth-order", "--exponential", "rate")]
    [InlineData("gausian", "--epsilon", "0.3", "--noise", "gaussian;gausian")] // before any run
    public void BadInputIsOneLine(string expected, params string[] options)
    {
        Assert.Contains(expected, Invocation.Of([.. common, .. options]).Complaint());
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void OtherRowsAreAnotherStudy()
    {
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1"]).ExitCode);
        var rows = common[Array.IndexOf(common, "--train") + 1];
        File.AppendAllText(rows, "a good film,no\n");
        var run = Invocation.Of([.. common, "--epsilon", "1"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("other rows", run.Error);
    }

    [Fact]
    public void RowsToEvaluateOnAreNeeded()
    {
        var run = Invocation.Of([.. common.Where((_, i) => i != Array.IndexOf(common, "--evaluation") && i != Array.IndexOf(common, "--evaluation") + 1), "--epsilon", "1"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--evaluation", run.Error);
    }

    [Fact]
    public void WhatIsDoneStandsInTheTableWhenALaterRunFails()
    {
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1"]).ExitCode);
        Directory.Delete(Path.Combine(output, "running"));
        File.WriteAllText(Path.Combine(output, "running"), "in the way");
        File.Delete(Path.Combine(output, "runs.csv"));
        Assert.NotEqual(0, Invocation.Of([.. common, "--epsilon", "1,2"]).ExitCode);
        Assert.Single(Runs());
    }

    /// <summary>MNLI has two development sets, a task of two labels an F1.</summary>
    [Fact]
    public void WhatElseWasMeasuredHasColumnsToo()
    {
        var header = "index\tsentence1\tsentence2\tgold_label\n";
        folder.Write("train.tsv", header + string.Concat(Enumerable.Range(0, 12).Select(row => $"{row}\ta film\tgood\t{(row % 2 == 0 ? "entailment" : "neutral")}\n")));
        folder.Write("dev_matched.tsv", header + "0\ta film\tgood\tentailment\n");
        folder.Write("dev_mismatched.tsv", header + "0\ta film\tgood\tneutral\n1\ta film\tgood\tneutral\n");
        var run = Invocation.Of(["reproduce", "accuracy", "--model", TinyClassifier.Write(folder.File("three"), "entailment", "neutral", "contradiction"), "--task", "mnli", "--data", folder.Path,
            "--method", "non-private", "--batch-size", "5", "--steps", "2", "--max-tokens", "16", "--output", output]);
        Assert.True(run.ExitCode == 0, run.Error);
        var pairs = Assert.Single(Runs());
        Assert.True(Number(pairs["accuracyDev"]) + Number(pairs["accuracyMismatched"]) <= 1); // one pair, so one prediction, which is right in one of the files at most
        Assert.Contains("| accuracyMismatched ", File.ReadAllText(Path.Combine(output, "accuracy.md")));
        Assert.DoesNotContain("f1", pairs.Keys);

        Directory.Delete(output, recursive: true);
        Assert.Equal(0, Invocation.Of([.. common, "--method", "non-private"]).ExitCode);
        Assert.InRange(Number(Assert.Single(Runs())["f1"]), 0, 1);
    }

    [Fact]
    public void SeedsOfAZerothOrderRunAreOneGroup()
    {
        var run = Invocation.Of([.. common, "--method", "zeroth-order", "--noise", "gaussian", "--epsilon", "1", "--delta", "1e-5", "--seeds", "2", "--json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(1, run.Json().GetProperty("groups").GetArrayLength());
    }

    [Fact]
    public void SeedsAreGroupedAndSettingsAreNot()
    {
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1", "--seeds", "2"]).ExitCode);
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1", "--learning-rate", "0.1"]).ExitCode);
        var subject = JsonSerializer.Deserialize<StudySubject>(File.ReadAllText(Path.Combine(output, StudySubject.FileName)))!;
        var groups = AccuracyGroup.Of(AccuracyStudy.Of(output, subject).Results());
        Assert.Equal([1, 2], groups.Select(group => group.Runs.Count).Order());
        Assert.Single(groups.Select(group => group.Mechanism).Distinct());
        Assert.Equal(0, Invocation.Of([.. common, "--epsilon", "1", "--clipping-norm", "0.5"]).ExitCode);
        var json = Invocation.Of([.. common, "--epsilon", "1", "--seeds", "2", "--json"]).Json().GetProperty("groups").EnumerateArray().ToArray();
        Assert.Equal(3, json.Length);
        Assert.Equal(3, json.Select(group => group.GetProperty("schedule").GetString()).Distinct().Count()); // no two rows look alike
        var two = json.Single(group => group.GetProperty("runs").GetArrayLength() == 2);
        var accuracies = Runs().Where(run => run["clippingNorm"] == "1" && run["learningRate"] != "0.1").Select(run => Number(run["accuracyDev"])).ToArray();
        Assert.Equal(accuracies.Average(), two.GetProperty("accuracy").GetProperty("mean").GetDouble(), 1e-12);
        Assert.Equal(accuracies.Min(), two.GetProperty("accuracy").GetProperty("least").GetDouble());
        var calibrated = Invocation.Of("calibrate", "--noise", "gaussian", "--epsilon", "1", "--delta", "1e-10", "--sampling-rate", "0.25", "--steps", "4", "--json").Json().GetProperty("std").GetDouble();
        Assert.All(Runs(), run => Assert.Equal(calibrated * (1 + LmoDp.Training.Runs.FinetuneRun.SensitivityMargin), Number(run["noiseStd"]), 1e-6 * calibrated)); // in clipping norms, whatever they are
    }

    /// <summary>As an interruption after the run's end, before its result was kept, leaves it.</summary>
    private string CellBackToRunning()
    {
        var cell = Directory.GetDirectories(Path.Combine(output, "cells")).Single();
        var running = Path.Combine(output, "running", Path.GetFileName(cell));
        Directory.CreateDirectory(Path.GetDirectoryName(running)!);
        Directory.Move(cell, running);
        File.Delete(Path.Combine(running, "cell.json"));
        return running;
    }

    private static double Number(string cell) => double.Parse(cell, CultureInfo.InvariantCulture);

    private List<Dictionary<string, string>> Runs()
    {
        using var csv = CsvHelper.CsvReader.Create(new StreamReader(Path.Combine(output, "runs.csv")), new CsvHelper.CsvReaderOptions { Separator = ',', HasHeader = false });
        var lines = new List<string[]>();
        while (csv.Read())
            lines.Add([.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetString)]);
        return [.. lines.Skip(1).Select(line => lines[0].Zip(line).ToDictionary(cell => cell.First, cell => cell.Second))];
    }
}

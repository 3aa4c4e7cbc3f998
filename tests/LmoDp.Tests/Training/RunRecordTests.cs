using System.Text.Json;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Training.Ledger;
using LmoDp.Training.Record;
using Xunit;

namespace LmoDp.Tests.Training;

public sealed class RunRecordTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private static readonly PrivacyPlan Plan = new(1000, 0.1, 4, 0.5, new VectorRelease(new GaussianLaw(2)), 100, 1e-5, sensitivityMargin: 0.01);

    [Fact]
    public void TheLedgerComposesToWhatWasChargedOrPlanned()
    {
        var ledger = LedgerWith(releases: 3);
        Assert.Equal(3, ledger.Spent().Groups.Single().Steps);
        Assert.Equal(4, ledger.Reported().Groups.Single().Steps);
        var group = LedgerWith(releases: 5).Reported().Groups.Single();
        Assert.Equal(5, group.Steps);
        Assert.Equal(0.1, group.SamplingRate);
        Assert.IsType<VectorRelease>(group.Release);
        Assert.Equal(2, group.Release.Noise.StandardDeviation);
    }

    [Fact]
    public void TheStatementGivesTheEpsilonOfWhatTheLedgerCharges()
    {
        var planned = Statement(LedgerWith(releases: 2), seeded: false);
        Assert.Equal(Plan.Epsilon.Upper, planned.Epsilon);
        Assert.Equal(Plan.Epsilon.Lower, planned.EpsilonLower);
        Assert.Equal(2, planned.ChargedReleases);
        var more = Statement(LedgerWith(releases: 6), seeded: false);
        Assert.Equal(Plan.EpsilonAfter(6).Upper, more.Epsilon);
        Assert.True(more.Epsilon > planned.Epsilon);
        Assert.Equal(0.5 * 1.01 * 2, planned.NoiseStandardDeviation, 12);
    }

    [Fact]
    public void TheFilesAreCompleteAndReadable()
    {
        Record(Statement(LedgerWith(releases: 4), seeded: false)).Write(folder.Path);
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File(RunRecord.FileName)));
        var privacy = json.RootElement.GetProperty("privacy");
        Assert.Equal("add or remove one unit", privacy.GetProperty("adjacency").GetString());
        Assert.Equal("Infinity", json.RootElement.GetProperty("metrics").GetProperty("odd").GetString());
        using var statement = JsonDocument.Parse(File.ReadAllText(folder.File(DpStatement.FileName)));
        foreach (var name in new[]
        {
            "definition", "isPrivate", "epsilon", "epsilonLower", "delta", "unit", "units", "unitsTreatment", "samplingRate", "sampling", "plannedSteps",
            "chargedReleases", "tornRecords", "clippingNorm", "clipping", "sensitivity", "noise", "release", "accountant", "precision", "randomness", "notCovered", "unsafeDiagnostics",
        })
            Assert.True(statement.RootElement.TryGetProperty(name, out _), name);
        var page = File.ReadAllText(folder.File(RunRecord.PageFileName));
        Assert.Contains("at delta = 1E-05**, a proven upper bound", page, StringComparison.Ordinal);
        var printed = page[(page.IndexOf("**epsilon = ", StringComparison.Ordinal) + 12)..].Split(' ')[0];
        Assert.InRange(double.Parse(printed, System.Globalization.CultureInfo.InvariantCulture), Plan.Epsilon.Upper, Plan.Epsilon.Upper * (1 + 1e-6));
        Assert.Contains("other runs on the same data", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "settings": { "maxTokens": "96" } }""", 96)]
    [InlineData("""{ "settings": { "maxTokens": "-1" } }""", null)]
    [InlineData("""{ "settings": { "maxTokens": 96 } }""", null)]
    [InlineData("""{ "settings": [] }""", null)]
    [InlineData("[1]", null)]
    [InlineData("no JSON", null)]
    public void MaxTokensAreReadFromARecordAndFromNothingElse(string file, int? expected)
    {
        Assert.Null(RunRecord.MaxTokensOf(folder.Path));
        folder.Write(RunRecord.FileName, file);
        Assert.Equal(expected, RunRecord.MaxTokensOf(folder.Path));
    }

    [Fact]
    public void ASeededRunIsNeverCalledPrivate()
    {
        var record = Record(Statement(LedgerWith(releases: 4, isPrivate: false), seeded: true));
        record.Write(folder.Path);
        Assert.False(record.Privacy!.IsPrivate);
        Assert.Contains("not private: seeded", record.ToJson(), StringComparison.Ordinal);
        Assert.Contains("**Not private: seeded.**", File.ReadAllText(folder.File(RunRecord.PageFileName)), StringComparison.Ordinal);
    }

    [Fact]
    public void ARunWithoutPrivacySaysSo()
    {
        Record(null).Write(folder.Path);
        Assert.Contains("Nothing is guaranteed", File.ReadAllText(folder.File(RunRecord.PageFileName)), StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File(DpStatement.FileName)));
    }

    public void Dispose() => folder.Dispose();

    private static DpStatement Statement(LedgerHistory ledger, bool seeded)
    {
        Assert.Equal(seeded, !ledger.Header.IsPrivate);
        return DpStatement.Of(Plan, ledger, new DpStatementContext(null, true, "flat", DataTouches.Of(true, true, false), false));
    }

    private static LedgerHistory LedgerWith(int releases, bool isPrivate = true)
    {
        using var place = new TemporaryFolder();
        var terms = new ReleaseTerms("gaussian:std=2", ReleaseKind.Vector, Plan.Sensitivity, 0.1);
        using var ledger = PrivacyLedger.Create(place.Path, new LedgerHeader(LedgerHeader.NewRun(), isPrivate, [new(terms, 4)]));
        for (var step = 0; step < releases; step++)
            ledger.Append(new LedgerEntry(0, step, 1, new string('0', 64), new string('1', 64)));
        return LedgerHistory.Read(place.Path);
    }

    private static RunRecord Record(DpStatement? statement) => new()
    {
        Run = statement is null ? null : LedgerHeader.NewRun(),
        Task = "sst2",
        Model = "embedded",
        TrainingFile = "train.tsv",
        Settings = new Dictionary<string, string> { ["--steps"] = "4", ["--noise"] = "gaussian|x" },
        Steps = 4,
        Privacy = statement,
        Metrics = new Dictionary<string, double> { ["accuracy"] = 0.75, ["odd"] = double.PositiveInfinity },
        ExpectedExamplesPerSecond = 100,
        Seconds = 1.25,
        Ended = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
    };
}

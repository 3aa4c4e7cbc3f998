using LmoDp.Cli.Study;
using LmoDp.Models.Prompts;
using LmoDp.Tests.Training.Runs;
using LmoDp.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Cli.Study;

public sealed class AccuracyStudyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TinyRun run;
    private readonly AccuracyCell cell;

    public AccuracyStudyTests()
    {
        run = TinyRun.Create(folder.File("tiny"));
        cell = new AccuracyCell("gaussian:std=1", 1e6, run.Settings("unused", seed: 3));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AnInterruptedRunGoesOnWhereItStood()
    {
        var (whole, broken) = (Study("whole"), Study("broken"));
        whole.Add(cell, settings => run.Execute(settings));
        using var cancellation = new CancellationTokenSource();
        var batches = 0;
        Assert.Throws<RunInterruptedException>(() => broken.Add(cell, settings => run.Execute(settings, _ =>
        {
            if (++batches == TinyRun.Steps / 2)
                cancellation.Cancel();
        }, cancellation: cancellation)));
        Assert.False(broken.Has(cell));
        Assert.Empty(broken.Results());
        broken.Add(cell, settings =>
        {
            Assert.True(settings.Resume);
            run.Execute(settings);
        });
        Assert.True(broken.Has(cell));
        Assert.Equal(Figures(whole), Figures(broken));
        Assert.Empty(Directory.GetFileSystemEntries(folder.File("broken"), "model.safetensors", SearchOption.AllDirectories));
    }

    [Fact]
    public void WhatACrashLeftOfARunIsRemovedByTheNextCall()
    {
        var study = Study("study");
        study.Add(cell, settings => run.Execute(settings));
        var left = Directory.CreateDirectory(folder.File("study/running/" + cell.Name)).FullName;
        study.Add(cell, _ => Assert.Fail("made twice"));
        Assert.False(Directory.Exists(left));
    }

    [Fact]
    public void CellsOfDifferentSettingsHaveDifferentNames()
    {
        AccuracyCell[] cells =
        [
            cell, cell with { Epsilon = 2 }, cell with { Noise = "laplace" }, cell with { Settings = cell.Settings with { Seed = 4 } }, cell with { Settings = cell.Settings with { LearningRate = 0.02 } },
            cell with { Settings = cell.Settings with { Target = cell.Settings.Target! with { Delta = 1e-6 } } },
            cell with { Settings = cell.Settings with { MaxTokens = 20 } }, Prompted("{text} it was {mask}"), Prompted("{text} so {mask}"),
        ];
        Assert.Equal(cells.Length, cells.Select(other => other.Name).Distinct().Count());
        Assert.Equal(cell.Name, (cell with { Settings = cell.Settings with { Output = "elsewhere", Resume = true, Model = "moved" } }).Name);
        Assert.All(cells, other => Assert.Equal(-1, other.Name.IndexOfAny(Path.GetInvalidFileNameChars())));
    }

    [Fact]
    public void ARunThatWasKilledBeforeItsLedgerBeganBeginsAgain()
    {
        var study = Study("killed");
        Directory.CreateDirectory(folder.File("killed/running/" + cell.Name + "/run"));
        File.WriteAllText(folder.File("killed/running/" + cell.Name + "/run/settings.json"), "{}");
        study.Add(cell, settings => run.Execute(settings));
        Assert.True(study.Has(cell));
    }

    [Fact]
    public void AStudyOfSomethingElseIsRefused()
    {
        Study("study");
        var other = Assert.Throws<BadInputException>(() => AccuracyStudy.Of(folder.File("study"), new StudySubject("task", "other rows", "model")));
        Assert.Contains("another --output", other.Message);
    }

    private AccuracyCell Prompted(string template)
        => cell with { Settings = cell.Settings with { Files = (ClassificationFiles)cell.Settings.Files with { Prompt = new ClassificationPrompt(template, ["bad", "good"]) } } };

    private AccuracyStudy Study(string name) => AccuracyStudy.Of(Directory.CreateDirectory(folder.File(name)).FullName, new StudySubject("task", "rows", "model"));

    private static string Figures(AccuracyStudy study)
    {
        var record = Assert.Single(study.Results()).Record;
        return FormattableString.Invariant($"{record.Metrics["accuracy"]} {record.Steps} {record.Privacy!.ChargedReleases} {record.Privacy.WeightsSha256!.Values.Single()}");
    }
}

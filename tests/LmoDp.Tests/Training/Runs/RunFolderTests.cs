using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Record;
using LmoDp.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Training.Runs;

/// <summary>Which folders a run may begin in or go on in, and what is left where it may not.</summary>
public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void AFinishedRunCannotBeResumed()
    {
        var run = TinyRun.Create(folder.Path);
        foreach (var seed in new long?[] { null, 7 })
        {
            var name = $"run {seed is null}";
            run.Execute(run.Settings(name, seed));
            Assert.Contains("has ended", Refusal(() => run.Execute(run.Settings(name, seed, resume: true))), StringComparison.Ordinal);
            Assert.Contains("not empty", Refusal(() => run.Execute(run.Settings(name, seed))), StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateFiles(run.Keys.Folder, "key.json*", SearchOption.AllDirectories));
    }

    [Fact]
    public void WhatIsLeftOfAKeyWhenTheEndIsInterruptedIsDestroyed()
    {
        var run = TinyRun.Create(folder.Path);
        run.Execute(run.Settings("run", null));
        var place = Path.Combine(run.Keys.Folder, LedgerHistory.Read(run.Inner("run")).Header.Run);
        Directory.CreateDirectory(place);
        File.WriteAllBytes(Path.Combine(place, "key.json"), new byte[100]); // overwritten, not yet removed
        File.WriteAllText(Path.Combine(run.Inner("run"), Checkpoint.FileName), "");
        Assert.Contains("has ended", Refusal(() => run.Execute(run.Settings("run", null, resume: true))), StringComparison.Ordinal);
        Assert.False(Directory.Exists(place));
        Assert.False(File.Exists(Path.Combine(run.Inner("run"), Checkpoint.FileName)));
    }

    [Fact]
    public void OtherSettingsOrAnotherSeedAreRefused()
    {
        var run = TinyRun.Create(folder.Path);
        using var cancelled = new CancellationTokenSource();
        Assert.Throws<RunInterruptedException>(() => run.Execute(run.Settings("run", 7), _ => cancelled.Cancel(), cancellation: cancelled));
        Assert.Contains("other settings", Refusal(() => run.Execute(run.Settings("run", 8, resume: true))), StringComparison.Ordinal);
        Assert.Contains("other settings", Refusal(() => run.Execute(run.Settings("run", null, resume: true))), StringComparison.Ordinal);
        Assert.Contains("other settings", Refusal(() => run.Execute(run.Settings("run", 7, resume: true) with { LearningRate = 0.02 })), StringComparison.Ordinal);
        Assert.Contains("holds a run", Refusal(() => run.Execute(run.Settings("run", 7))), StringComparison.Ordinal);
        Assert.Contains("other settings", Refusal(() => run.Execute(run.Settings("run", 7, resume: true) with { UnsafeDiagnostics = true })), StringComparison.Ordinal);
        run.Execute(run.Settings("run", 7, resume: true));
    }

    [Theory]
    [InlineData(1e-40)]
    [InlineData(1e30)]
    public void AClippingNormThatFloat32CannotKeepIsRefusedBeforeTheRunBegins(double norm)
    {
        var run = TinyRun.Create(folder.Path);
        Assert.Contains("clipping norm", Refusal(() => run.Execute(run.Settings("run", null) with { ClippingNorm = norm })), StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Output("run")));
    }

    [Fact]
    public void NothingIsLeftOfARunWhoseDataAreWrong()
    {
        var run = TinyRun.Create(folder.Path);
        File.AppendAllText(run.TrainFile, "ab,perhaps\n");
        Refusal(() => run.Execute(run.Settings("run", null)));
        Assert.False(Directory.Exists(run.Output("run")));
        Assert.False(Directory.Exists(run.Keys.Folder));
    }

    [Fact]
    public void NoKeyIsLeftWhereTheLedgerCannotBeMade()
    {
        var (keys, made) = (new RunKeyStore(folder.File("keys")), RunFolder.ForNewRun(folder.File("run")));
        made.Begin("{}");
        folder.Write(Path.Combine("run", "run", PrivacyLedger.FileName), "not ours");
        Refusal(() => PrivateSession.Begin(made, Plan(10), null, keys));
        Assert.Empty(Directory.EnumerateFiles(keys.Folder, "key.json*", SearchOption.AllDirectories));
    }

    [Fact]
    public void ALedgerOfAnotherPlanIsRefusedAndLetGo()
    {
        var (keys, made) = (new RunKeyStore(folder.File("keys")), RunFolder.ForNewRun(folder.File("run")));
        made.Begin("{}");
        PrivateSession.Begin(made, Plan(10), null, keys).Dispose();
        Assert.Contains("another plan", Refusal(() => PrivateSession.Resume(made, null, Plan(11), null, keys)), StringComparison.Ordinal);
        Refusal(() => PrivateSession.Resume(made, null, Plan(10), 7, keys));
        Assert.Contains("without privacy", Refusal(() => PrivateSession.Resume(made, new Checkpoint(1, 1, null), Plan(10), null, keys)), StringComparison.Ordinal);
        using var session = PrivateSession.Resume(made, null, Plan(10), null, keys); // neither ledger nor key is held any more
        Assert.True(session.RepeatsAreFree);
    }

    [Fact]
    public void ARunThatIsEndedBeforeItBeginsLeavesNothing()
    {
        var run = TinyRun.Create(folder.Path);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => run.Execute(run.Settings("run", null), cancellation: cancelled));
        Assert.False(Directory.Exists(run.Output("run")));
        Assert.False(Directory.Exists(run.Keys.Folder));
    }

    [Fact]
    public void ARunThatCannotGetItsKeyLeavesNothingAndMayBeginAgain()
    {
        var run = TinyRun.Create(folder.Path);
        File.WriteAllText(run.Keys.Folder, "in the way");
        Refusal(() => run.Execute(run.Settings("run", null)));
        Assert.False(Directory.Exists(run.Output("run")));
        File.Delete(run.Keys.Folder);
        run.Execute(run.Settings("run", null));
    }

    [Fact]
    public void WhatAnotherProcessHasBegunIsNotTakenAway()
    {
        var ours = RunFolder.ForNewRun(folder.File("run"));
        using (PrivateSession.Begin(Begun(), Plan(10), null, new RunKeyStore(folder.File("keys"))))
        {
            ours.Abandon();
            Refusal(() => ours.Begin("other settings"));
        }
        ours.Abandon();
        Assert.Contains("another process", Refusal(() => ours.Begin("other settings")), StringComparison.Ordinal);
        Assert.Equal("{}", File.ReadAllText(Path.Combine(ours.Inner, "settings.json")));
        Assert.Equal(0, LedgerHistory.Read(ours.Inner).Spent(0));

        RunFolder Begun()
        {
            var theirs = RunFolder.ForNewRun(folder.File("run"));
            theirs.Begin("{}");
            return theirs;
        }
    }

    [Fact]
    public void ARunWithoutPrivacyKeepsItsFolderToo()
    {
        var run = TinyRun.Create(folder.Path);
        using var cancelled = new CancellationTokenSource();
        var notices = new List<string>();
        var settings = run.Settings("run", 7) with { Method = TrainingMethod.NonPrivate, Target = null, MaxTokens = 40 };
        Assert.Throws<RunInterruptedException>(() => run.Execute(settings, notice: Stop, cancellation: cancelled));
        Assert.Equal(["texts are cut to 30 tokens, not 40: the model takes no more"], notices);
        using (FolderLock.Take(run.Inner("run")))
            Assert.Contains("another process", Refusal(() => run.Execute(settings with { Resume = true })), StringComparison.Ordinal);
        var record = run.Execute(settings with { Resume = true }).Record;
        Assert.Equal(("non-private", "full", "30"), (record.Settings["method"], record.Settings["trainable"], record.Settings["maxTokens"]));

        void Stop(string line)
        {
            notices.Add(line);
            cancelled.Cancel();
        }
    }

    [Fact]
    public void AFolderIsKeptForTheRunThatBeganInIt()
    {
        var made = RunFolder.ForNewRun(folder.File("run"));
        made.Begin("{}");
        using (made.Keep("{}"))
            Assert.Contains("another process", Refusal(() => made.Keep("{}")), StringComparison.Ordinal);
        Assert.Contains("other settings", Refusal(() => made.Keep("{ }")), StringComparison.Ordinal);
        made.Keep("{}").Dispose();
    }

    [Fact]
    public void ResultsAreThereAsAWholeOrNotAtAll()
    {
        var made = RunFolder.ForNewRun(folder.File("run"));
        made.Begin("{}");
        Assert.Throws<IOException>(() => made.Publish(result =>
        {
            File.WriteAllText(Path.Combine(result, "model.safetensors"), "half");
            throw new IOException("full disk");
        }));
        Assert.Equal(["run"], Directory.EnumerateFileSystemEntries(made.Path).Select(Path.GetFileName));
        Directory.CreateDirectory(Path.Combine(made.Inner, "result")); // as a killed process leaves it
        File.WriteAllText(Path.Combine(made.Inner, "result", "stale"), "");
        made.Publish(result => File.WriteAllText(Path.Combine(result, RunRecord.FileName), "{}"));
        Assert.Equal(["run", RunRecord.FileName], Directory.EnumerateFileSystemEntries(made.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.False(Directory.Exists(Path.Combine(made.Inner, "result")));
    }

    [Fact]
    public void OnlyWhatARunHasReleasedStandsInTheWayOfAnother()
    {
        RunFolder.ForNewRun(folder.File("new")).Begin("{}");
        RunFolder.ForNewRun(folder.File("new")); // it never came to a ledger
        Directory.CreateDirectory(folder.File("empty"));
        RunFolder.ForNewRun(folder.File("empty"));
        folder.Write("file", "");
        Refusal(() => RunFolder.ForNewRun(folder.File("file")));
        Directory.CreateDirectory(folder.File("full"));
        folder.Write(Path.Combine("full", RunRecord.FileName), "");
        Refusal(() => RunFolder.ForNewRun(folder.File("full")));
        Refusal(() => RunFolder.OfRun(folder.File("empty")));
    }

    public void Dispose() => folder.Dispose();

    private static PrivacyPlan Plan(long steps) => new(100, 0.1, steps, 1, new VectorRelease(new GaussianLaw(4)), double.PositiveInfinity, 1e-5);

    private static string Refusal(Action action) => Assert.Throws<BadInputException>(action).Message;
}

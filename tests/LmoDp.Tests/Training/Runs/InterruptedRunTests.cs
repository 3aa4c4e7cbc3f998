using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LmoDp.Models.Adapters;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using Xunit;

namespace LmoDp.Tests.Training.Runs;

/// <summary>Whatever ends a run early, resuming it gives the same model, and the ledger never says less than was released.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes")]
public sealed class InterruptedRunTests : IDisposable
{
    private static readonly (int, int)[] EachStepOnce = [.. Enumerable.Range(0, TinyRun.Steps).Select(step => (step, 1))];
    private readonly TemporaryFolder folder = new();
    private readonly TinyRun run;

    public InterruptedRunTests() => run = TinyRun.Create(folder.Path);

    [Theory]
    [InlineData(TrainableSet.Full)]
    [InlineData(TrainableSet.Lora)]
    [InlineData(TrainableSet.Bias)]
    [InlineData(TrainableSet.Head)]
    public void ASeededRunEndsTheSameWhereverAnErrorStopsIt(TrainableSet trainable)
    {
        var whole = run.Execute(run.Settings("whole", 7, trainable: trainable));
        Assert.False(whole.Record.Privacy!.IsPrivate);
        Assert.Contains("not private", whole.Record.Privacy.Randomness, StringComparison.Ordinal);
        Assert.Equal(EachStepOnce, run.Releases("whole"));
        foreach (var stopAt in new[] { 1, 5, TinyRun.Steps })
        {
            var name = stopAt.ToString(CultureInfo.InvariantCulture);
            Assert.Throws<Stop>(() => run.Execute(run.Settings(name, 7, trainable: trainable), diagnostics: StopAt(stopAt)));
            RequireLedgerCovers(name);
            run.Execute(run.Settings(name, 7, resume: true, trainable));
            Assert.Equal(run.Weights("whole"), run.Weights(name));
            Assert.Equal(EachStepOnce, run.Releases(name));
        }
    }

    [Fact]
    public void ARunThatIsCancelledAgainAndAgainEndsTheSame()
    {
        run.Execute(run.Settings("whole", 7));
        for (var resume = false; ; resume = true)
        {
            using var cancellation = new CancellationTokenSource();
            var batches = 0;
            try
            {
                run.Execute(run.Settings("part", 7, resume), _ => { if (++batches == 7) cancellation.Cancel(); }, cancellation: cancellation);
                break;
            }
            catch (OperationCanceledException)
            {
                RequireLedgerCovers("part");
            }
        }
        Assert.Equal(run.Weights("whole"), run.Weights("part"));
        Assert.Equal(EachStepOnce, run.Releases("part"));
    }

    [Fact]
    public void TheRedoneStepsOfASecretRunAreTheSameBitsAndFree()
    {
        Assert.Throws<Stop>(() => run.Execute(run.Settings("run", null), diagnostics: StopAt(10)));
        Assert.Equal(EachStepOnce[..9], run.Releases("run"));
        Assert.Equal(8, Checkpoint.Read(run.Inner("run"))!.Step);
        var before = LedgerHistory.Read(run.Inner("run")).Entries.ToArray();
        Copy(run.Output("run"), run.Output("copy"));
        Copy(run.Keys.Folder, folder.File("spare keys"));

        Assert.True(run.Execute(run.Settings("run", null, resume: true)).Record.Privacy!.IsPrivate);
        Directory.Delete(run.Keys.Folder, recursive: true);
        Directory.Move(folder.File("spare keys"), run.Keys.Folder);
        run.Execute(run.Settings("copy", null, resume: true));

        var after = LedgerHistory.Read(run.Inner("run")).Entries;
        Assert.Equal(EachStepOnce, run.Releases("run"));
        Assert.Equal(before, after.Take(9));
        Assert.Equal(after, LedgerHistory.Read(run.Inner("copy")).Entries);
        Assert.Equal(run.Weights("run"), run.Weights("copy"));
    }

    [Fact]
    public void WithAnotherRowTheRedoneStepsAreNewAndChargedAndTheBudgetEndsTheRun()
    {
        Assert.Throws<Stop>(() => run.Execute(run.Settings("run", null), diagnostics: StopAt(10)));
        var before = LedgerHistory.Read(run.Inner("run")).Entries.ToArray();
        var rows = File.ReadAllLines(run.TrainFile);
        rows[5] = "ba " + rows[5];
        File.WriteAllLines(run.TrainFile, rows);
        var notices = new List<string>();
        var result = run.Execute(run.Settings("run", null, resume: true), notice: notices.Add);

        var after = LedgerHistory.Read(run.Inner("run")).Entries;
        Assert.Equal(TinyRun.Steps, after.Count);
        Assert.Equal((8, 2), (after[9].Step, after[9].Attempt));
        Assert.NotEqual(before[8].State, after[9].State);
        Assert.Equal(TinyRun.Steps - 1, result.Record.Steps);
        Assert.Equal(TinyRun.Steps, result.Record.Privacy!.ChargedReleases);
        Assert.Contains("19 of 20", Assert.Single(notices), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutItsCheckpointASecretRunIsChargedAgainAndSaysSo()
    {
        Assert.Throws<Stop>(() => run.Execute(run.Settings("run", null), diagnostics: StopAt(10)));
        File.Delete(Path.Combine(run.Inner("run"), Checkpoint.FileName));
        var notices = new List<string>();
        var result = run.Execute(run.Settings("run", null, resume: true), notice: notices.Add);
        Assert.Equal(2, notices.Count);
        Assert.Equal(TinyRun.Steps - 9, result.Record.Steps);
        Assert.Equal(TinyRun.Steps, run.Releases("run").Length);
    }

    [Fact]
    public void WithoutItsCheckpointAnOlderLedgerIsStillRecognised()
    {
        Assert.Throws<Stop>(() => run.Execute(run.Settings("run", null), diagnostics: StopAt(10)));
        File.Delete(Path.Combine(run.Inner("run"), Checkpoint.FileName));
        var ledger = Path.Combine(run.Inner("run"), PrivacyLedger.FileName);
        File.WriteAllLines(ledger, File.ReadAllLines(ledger).Take(5));
        var refusal = Assert.Throws<BadInputException>(() => run.Execute(run.Settings("run", null, resume: true)));
        Assert.Contains("ledger", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7L)]
    [InlineData(null)]
    public void AKilledProcessIsResumedToTheSameModel(long? seed)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL");
        Assert.Equal(137, run.ExecuteInChild("killed", seed, resume: false, killAt: 3));
        RequireLedgerCovers("killed");
        Assert.Equal(137, run.ExecuteInChild("killed", seed, resume: true, killAt: 12));
        RequireLedgerCovers("killed");
        var before = LedgerHistory.Read(run.Inner("killed")).Entries.ToArray();
        Assert.Equal(0, run.ExecuteInChild("killed", seed, resume: true, killAt: null));
        Assert.Equal(before, LedgerHistory.Read(run.Inner("killed")).Entries.Take(before.Length)); // the same draws, sums and noise again
        Assert.Equal(EachStepOnce, run.Releases("killed"));
        if (seed is null)
            return;
        run.Execute(run.Settings("whole", seed));
        Assert.Equal(run.Weights("whole"), run.Weights("killed"));
    }

    [Fact]
    [Trait("Category", "Soak")]
    public void ProcessesKilledAfterAnyNumberOfReleasesAreResumed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL");
        Assert.Equal(0, run.ExecuteInChild("whole", 7, resume: false, killAt: null));
        for (var killAt = 0; killAt < TinyRun.Steps; killAt++)
        {
            foreach (var seed in new long?[] { 7, null })
            {
                var name = FormattableString.Invariant($"{killAt} {seed}");
                if (run.ExecuteInChild(name, seed, resume: false, killAt) == 0)
                    continue; // it was quicker
                RequireLedgerCovers(name);
                Assert.Equal(0, run.ExecuteInChild(name, seed, resume: true, killAt: null));
                Assert.Equal(EachStepOnce, run.Releases(name));
                if (seed is not null)
                    Assert.Equal(run.Weights("whole"), run.Weights(name));
            }
        }
    }

    public void Dispose() => folder.Dispose();

    private static Action<LmoDp.Training.Clipping.ClippedBatch> StopAt(int batch)
    {
        var seen = 0;
        return _ => { if (++seen == batch) throw new Stop(); };
    }

    /// <summary>Every step that reached the saved parameters is in the ledger.</summary>
    private void RequireLedgerCovers(string name)
    {
        var steps = Checkpoint.Read(run.Inner(name))?.Step ?? 0;
        Assert.Equal(EachStepOnce[..steps], run.Releases(name).Take(steps));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in Directory.EnumerateFileSystemEntries(from))
        {
            if (Directory.Exists(entry))
                Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
            else
                File.Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
        }
    }

    private sealed class Stop : Exception;
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Clipping;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Training.Runs;

/// <summary>Zeroth-order runs: interrupted in any way they end the same, and their ledgers alone give their weights again.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xunit disposes")]
public sealed class ZerothOrderRunTests : IDisposable
{
    private static readonly (int, int)[] EachStepOnce = [.. Enumerable.Range(0, TinyRun.Steps).Select(step => (step, 1))];
    private readonly TemporaryFolder folder = new();
    private readonly TinyRun run;

    public ZerothOrderRunTests() => run = TinyRun.Create(folder.Path);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(TrainableSet.Full)]
    [InlineData(TrainableSet.Lora)]
    [InlineData(TrainableSet.Bias)]
    [InlineData(TrainableSet.Head)]
    [InlineData(TrainableSet.Prompt)]
    public void ASeededRunEndsTheSameWhereverAnErrorStopsItAndIsReplayedBitByBit(TrainableSet trainable)
    {
        var whole = run.Execute(Settings("whole", 7, trainable: trainable));
        Assert.False(whole.Record.Privacy!.IsPrivate);
        Assert.Contains("not private", whole.Record.Privacy.Randomness, StringComparison.Ordinal);
        Assert.Equal(("scalar", 2, 0.5), (whole.Record.Privacy.Release, whole.Record.Privacy.ReleasesPerDraw, whole.Record.Privacy.Sensitivity));
        Assert.Equal(EachStepOnce, run.Releases("whole"));
        foreach (var stopAt in new[] { 1, 8, 2 * TinyRun.Steps })
        {
            var name = stopAt.ToString(CultureInfo.InvariantCulture);
            Assert.Throws<Stop>(() => run.Execute(Settings(name, 7, trainable: trainable), diagnostics: StopAt(stopAt)));
            run.Execute(Settings(name, 7, resume: true, trainable));
            Assert.Equal(run.Weights("whole"), run.Weights(name));
            if (trainable == TrainableSet.Prompt)
                Assert.Equal(Prompt("whole"), Prompt(name));
            Assert.Equal(EachStepOnce, run.Releases(name));
        }

        var replayed = ReplayedRun.Make(run.Output("whole"), run.Model, folder.File("replayed"), TestContext.Current.CancellationToken);
        Assert.Equal((TinyRun.Steps, TinyRun.Steps, true), (replayed.Steps, replayed.Planned, replayed.Identical));
        Assert.Equal(run.Weights("whole"), File.ReadAllBytes(folder.File("replayed", "model.safetensors")));
        if (trainable == TrainableSet.Prompt)
        {
            File.Copy(Path.Combine(run.Output("8"), "soft_prompt", "adapter_config.json"), Path.Combine(run.Output("whole"), "soft_prompt", "adapter_model.safetensors"), overwrite: true);
            Assert.False(ReplayedRun.Make(run.Output("whole"), run.Model, folder.File("other"), TestContext.Current.CancellationToken).Identical);
        }
        using var model = ClassifierCheckpoint.Load(folder.File("replayed"));
        Assert.Equal(["no", "yes"], model.Config.Labels);
    }

    [Theory]
    [InlineData(7L)]
    [InlineData(null)]
    public void AJointReleaseIsResumedAndReplayedToo(long? seed)
    {
        FinetuneSettings Joint(bool resume) => Settings("run", seed, resume) with { Target = new(1e6, 1e-5, "gaussian:std=1"), DirectionClipping = DirectionClipping.Joint };
        Assert.Throws<Stop>(() => run.Execute(Joint(false), diagnostics: StopAt(8)));
        var before = LedgerHistory.Read(run.Inner("run")).Trajectory.Count;
        Assert.InRange(before, 1, 5);
        Assert.Equal("vector", run.Execute(Joint(true)).Record.Privacy!.Release);
        Assert.Equal(EachStepOnce, run.Releases("run"));
        Assert.True(ReplayedRun.Make(run.Output("run"), run.Model, folder.File("replayed"), TestContext.Current.CancellationToken).Identical);
    }

    /// <summary>Noise that is too wide to be released together is for separate numbers: without a choice of the user's the way that there is is taken.</summary>
    [Theory]
    [InlineData(1e-4, 2, ReleaseKind.Scalar)]
    [InlineData(2, 2, ReleaseKind.Vector)]
    public void WhereOneWayIsNotPossibleTheOtherIsTaken(double epsilon, int directions, ReleaseKind release)
    {
        var settings = Settings("run", null) with { Target = new(epsilon, 1e-5, "gaussian"), Directions = directions };
        Assert.Equal(release, FinetuneRun.Plan(settings, 40).Release.Kind);
        if (release == ReleaseKind.Scalar)
            Assert.Throws<BadInputException>(() => FinetuneRun.Plan(settings with { DirectionClipping = DirectionClipping.Joint }, 40));
    }

    [Fact]
    public void ASecretRunGoesOnFromItsLedgerAndRepeatsNoStepThatIsInIt()
    {
        Assert.Throws<Stop>(() => run.Execute(Settings("run", null), diagnostics: StopAt(23)));
        Assert.Equal(11, LedgerHistory.Read(run.Inner("run")).Trajectory.Count);
        Assert.Equal(10, Checkpoint.Read(run.Inner("run"))!.Step);
        Assert.InRange(new FileInfo(Path.Combine(run.Inner("run"), Checkpoint.FileName)).Length, 1, 1000);
        var before = LedgerHistory.Read(run.Inner("run"));

        // Other rows change what is to come, not what was released.
        var rows = File.ReadAllLines(run.TrainFile);
        rows[5] = "ba " + rows[5];
        File.WriteAllLines(run.TrainFile, rows);
        var notices = new List<string>();
        Assert.True(run.Execute(Settings("run", null, resume: true), notice: notices.Add).Record.Privacy!.IsPrivate);
        var after = LedgerHistory.Read(run.Inner("run"));
        Assert.Empty(notices);
        Assert.Equal(EachStepOnce, run.Releases("run"));
        Assert.Equal(before.Trajectory.SelectMany(sums => sums.Sums), after.Trajectory.Take(11).SelectMany(sums => sums.Sums));
        Assert.True(ReplayedRun.Make(run.Output("run"), run.Model, folder.File("replayed"), TestContext.Current.CancellationToken).Identical);
    }

    [Fact]
    public void WithoutItsCheckpointASecretRunGoesOnAllTheSame()
    {
        Assert.Throws<Stop>(() => run.Execute(Settings("run", null), diagnostics: StopAt(23)));
        File.Delete(Path.Combine(run.Inner("run"), Checkpoint.FileName));
        var notices = new List<string>();
        Assert.Equal(TinyRun.Steps, run.Execute(Settings("run", null, resume: true), notice: notices.Add).Record.Steps);
        Assert.Empty(notices);
        Assert.Equal(EachStepOnce, run.Releases("run"));
    }

    /// <summary>The last step's two records, cut at every 167th byte and at their ends.</summary>
    [Fact]
    public void ALedgerThatACrashToreIsMadeWholeAgain()
    {
        run.Execute(Settings("whole", 7));
        Assert.Throws<Stop>(() => run.Execute(Settings("run", 7), diagnostics: StopAt(15)));
        var ledger = Path.Combine(run.Inner("run"), PrivacyLedger.FileName);
        var bytes = File.ReadAllBytes(ledger);
        var start = bytes.Select((value, at) => (value, at)).Where(pair => pair.value == '\n').Select(pair => pair.at + 1).ToArray()[^3];
        Directory.Move(run.Output("run"), run.Output("stopped"));
        for (var length = start; length <= bytes.Length; length += length + 167 > bytes.Length && length < bytes.Length ? bytes.Length - length : 167)
        {
            Directory.CreateDirectory(run.Inner("run"));
            foreach (var file in Directory.GetFiles(run.Inner("stopped")))
                File.Copy(file, Path.Combine(run.Inner("run"), Path.GetFileName(file)));
            File.WriteAllBytes(ledger, bytes[..length]);
            Assert.InRange(LedgerHistory.Read(run.Inner("run")).Spent(0), length == start ? 6 : 7, 8);
            run.Execute(Settings("run", 7, resume: true));
            Assert.Equal(run.Weights("whole"), run.Weights("run"));
            Assert.Equal(EachStepOnce, run.Releases("run"));
            Directory.Delete(run.Output("run"), recursive: true);
        }
    }

    /// <summary>With a secret seed: <see cref="CrashCampaignTests"/>.</summary>
    [Fact]
    public void AKilledProcessIsResumedToTheSameModel()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL");
        foreach (var killAt in new[] { 5, 24 }) // within a step's two records, and after them
            Assert.Equal(137, run.ExecuteInChild("killed", 7, killAt > 5, killAt, zerothOrder: true));
        var before = LedgerHistory.Read(run.Inner("killed"));
        Assert.Equal(0, run.ExecuteInChild("killed", 7, resume: true, killAt: null, zerothOrder: true));
        Assert.Equal(before.Entries, LedgerHistory.Read(run.Inner("killed")).Entries.Take(before.Entries.Count));
        Assert.Equal(EachStepOnce, run.Releases("killed"));
        Assert.True(ReplayedRun.Make(run.Output("killed"), run.Model, folder.File("replayed"), TestContext.Current.CancellationToken).Identical);
        run.Execute(Settings("whole", 7));
        Assert.Equal(run.Weights("whole"), run.Weights("killed"));
    }

    [Fact]
    public void AReplayNeedsTheRunsOwnModelAndAnUntouchedLedger()
    {
        run.Execute(Settings("run", 7));
        run.Execute(run.Settings("gradients", 7));
        string Refusal(string name, string? model) => Assert.Throws<BadInputException>(() => ReplayedRun.Make(run.Output(name), model, folder.File("replayed"), TestContext.Current.CancellationToken)).Message;
        Assert.Contains("not the model that the run began with", Refusal("run", run.Output("run")), StringComparison.Ordinal);
        Assert.Contains("only zeroth-order runs", Refusal("gradients", run.Model), StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<BadInputException>(() => ReplayedRun.Make(folder.Path, run.Model, folder.File("replayed"), TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

        // The ledger alone, without the run's model, is enough.
        Directory.CreateDirectory(folder.File("alone"));
        var ledger = folder.File("alone", PrivacyLedger.FileName);
        File.Copy(Path.Combine(run.Inner("run"), PrivacyLedger.FileName), ledger);
        Assert.Null(ReplayedRun.Make(folder.File("alone"), run.Model, folder.File("from the ledger"), TestContext.Current.CancellationToken).Identical);
        Assert.Equal(run.Weights("run"), File.ReadAllBytes(folder.File("from the ledger", "model.safetensors")));
        var text = File.ReadAllText(ledger);
        var at = text.LastIndexOf("\"sums\":[", StringComparison.Ordinal) + 8;
        File.WriteAllText(ledger, text[..at] + (text[at] == '1' ? '2' : '1') + text[(at + 1)..]);
        Assert.Contains("damaged", Assert.Throws<BadInputException>(() => ReplayedRun.Make(folder.File("alone"), run.Model, folder.File("replayed"), TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("replayed")));
    }

    /// <summary>A ledger that ends with a whole line is whole in itself: beside its record it is refused, alone it gives what it holds, and the result tells how much that is.</summary>
    [Fact]
    public void AReplayOfALedgerThatWasCutSaysSoOrIsRefused()
    {
        run.Execute(Settings("run", 7));
        var ledger = Path.Combine(run.Inner("run"), PrivacyLedger.FileName);
        var lines = File.ReadAllLines(ledger);
        Assert.Equal(1 + 2 * TinyRun.Steps, lines.Length);
        foreach (var cut in new[] { 2 * TinyRun.Steps, 2 * TinyRun.Steps - 1, 11, 1 })
        {
            File.WriteAllText(ledger, string.Concat(lines.Take(cut).Select(line => line + "\n")));
            var name = cut.ToString(CultureInfo.InvariantCulture);
            Assert.Contains("not the one that the run's record was made from", Assert.Throws<BadInputException>(() => ReplayedRun.Make(run.Output("run"), run.Model, folder.File(name), TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(folder.File(name)));
            Directory.CreateDirectory(folder.File("alone" + name));
            File.Copy(ledger, folder.File("alone" + name, PrivacyLedger.FileName));
            var replayed = ReplayedRun.Make(folder.File("alone" + name), run.Model, folder.File(name), TestContext.Current.CancellationToken);
            Assert.Equal(((cut - 1) / 2, TinyRun.Steps, null), (replayed.Steps, replayed.Planned, replayed.Identical));
        }
    }

    [Theory]
    [InlineData("trainable", "everything")]
    [InlineData("trainable", "17")]
    [InlineData("directions", "two")]
    [InlineData("perturbation", "8")]
    [InlineData("steps", "1e99")]
    [InlineData("learningRate", "Infinity")]
    [InlineData("expectedBatch", "0")]
    public void AReplayOfALedgerWithMalformedSettingsIsOneLine(string setting, string value)
    {
        run.Execute(Settings("run", 7) with { Steps = 1 });
        var header = LedgerHistory.Read(run.Inner("run")).Header;
        Assert.True(header.Settings!.ContainsKey(setting));
        var alone = Directory.CreateDirectory(folder.File("alone")).FullName;
        PrivacyLedger.Create(alone, header with { Settings = header.Settings.ToDictionary(entry => entry.Key, entry => entry.Key == setting ? value : entry.Value) }).Dispose();
        Assert.DoesNotContain('\n', Assert.Throws<BadInputException>(() => ReplayedRun.Make(alone, run.Model, folder.File("replayed"), TestContext.Current.CancellationToken)).Message);
        Assert.False(Directory.Exists(folder.File("replayed")));
    }

    /// <summary>A step that is made again by another number of threads is a new attempt, whatever its sum: whether a sum's last bits differ is nobody's business.</summary>
    [Fact]
    public void TheStateOfAStepTellsTheThreadsThatComputeIt()
    {
        using var model = TorchSharp.torch.nn.Linear(2, 2);
        var one = TrainingState.DigestOfConstants(model, [], [1], "", threads: 1);
        Assert.Equal(one, TrainingState.DigestOfConstants(model, [], [1], "", threads: 1));
        Assert.NotEqual(one, TrainingState.DigestOfConstants(model, [], [1], "", threads: 2));
    }

    [Fact]
    public void AReplayCanBeEndedAndLeavesNothing()
    {
        run.Execute(Settings("whole", 7));
        Assert.Throws<OperationCanceledException>(() => ReplayedRun.Make(run.Output("whole"), run.Model, folder.File("replayed"), new CancellationToken(canceled: true)));
        Assert.False(Directory.Exists(folder.File("replayed")));
    }

    [Fact]
    public void TheRunLearns()
    {
        var result = run.Execute(Settings("run", 7) with
        {
            Steps = 110,
            LearningRate = 0.05,
            ClippingNorm = 2,
            Directions = 1,
            Sampling = new(null, 1),
            Target = new(1e6, 1e-5, "laplace:scale=0.5"),
        });
        Assert.InRange(result.Record.Metrics["accuracy"], 0.9, 1);
    }

    [Fact]
    public void AFamilyIsSearchedForTheTargetAndTheRecordSaysSo()
    {
        var result = run.Execute(Settings("run", null) with { Target = new(2, 1e-5, "free"), Directions = 1 });
        Assert.InRange(result.Record.Privacy!.Epsilon, 1.99, 2);
        Assert.StartsWith("lattice:", result.Record.Privacy.Noise, StringComparison.Ordinal);
        Assert.Equal("lattice", Assert.Single(result.Record.Privacy.Precision).Name);
        Assert.Contains("integers", result.Record.Privacy.Clipping, StringComparison.Ordinal);
        Assert.Contains("in full in run.json", File.ReadAllText(Path.Combine(run.Output("run"), "run.md")), StringComparison.Ordinal);
    }

    private FinetuneSettings Settings(string output, long? seed, bool resume = false, TrainableSet trainable = TrainableSet.Full)
        => run.ZerothOrder(output, seed, resume, trainable);

    private byte[] Prompt(string name) => File.ReadAllBytes(Path.Combine(run.Output(name), "soft_prompt", "adapter_model.safetensors"));

    private static Action<ClippedBatch> StopAt(int direction)
    {
        var seen = 0;
        return _ => { if (++seen == direction) throw new Stop(); };
    }

    private sealed class Stop : Exception;
}

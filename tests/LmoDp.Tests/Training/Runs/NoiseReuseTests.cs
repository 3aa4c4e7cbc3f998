using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;
using Xunit;

namespace LmoDp.Tests.Training.Runs;

/// <summary>
/// The rules of the run key, on whole runs: the same noise never covers two different sums. The key of a release's noise and the digest in its ledger entry are functions of one text (the state before the step,
/// the attempt, the bits of the sum) under one key, so noise is the same exactly where the digest is. Seeded runs share their key, which makes a repetition possible; it must not happen.
/// </summary>
public sealed class NoiseReuseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TinyRun run;

    public NoiseReuseTests() => run = TinyRun.Create(folder.Path);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnotherRowOrAnotherSettingHasNoiseOfItsOwnInEveryStep(bool zerothOrder)
    {
        var whole = Releases(Settings("whole"));
        Assert.Equal(TinyRun.Steps, whole.Distinct().Count());
        Assert.Equal(whole, Releases(Settings("again")));

        var others = new Dictionary<string, FinetuneSettings>
        {
            ["learning rate"] = Settings("rate") with { LearningRate = 0.011 },
            ["clipping norm"] = Settings("norm") with { ClippingNorm = 0.51 },
            ["noise"] = Settings("noise") with { Target = Settings("noise").Target! with { Noise = zerothOrder ? "laplace:scale=2" : "gaussian:std=2" } },
            ["steps"] = Settings("steps") with { Steps = TinyRun.Steps + 1 },
            ["batch"] = Settings("batch") with { Sampling = new SamplingChoice(13, null) },
            ["length"] = Settings("length") with { MaxTokens = 29 },
        };
        foreach (var (name, settings) in others.Where(other => !zerothOrder || other.Key is "clipping norm" or "noise")) // the digest is the same code for both
            Assert.True(!whole.Intersect(Releases(settings)).Any(), name);

        var rows = File.ReadAllLines(run.TrainFile);
        File.WriteAllLines(run.TrainFile, rows[..^1]);
        Assert.Empty(whole.Intersect(Releases(Settings("a row less"))));
        File.WriteAllLines(run.TrainFile, [.. rows[..5], "ba " + rows[5], .. rows[6..]]);
        Assert.Empty(whole.Intersect(Releases(Settings("a row changed"))));

        FinetuneSettings Settings(string output) => zerothOrder ? run.ZerothOrder(output, 7) : run.Settings(output, 7);
    }

    [Fact]
    public void SecretRunsOfTheSameKindShareNothing()
    {
        var (one, other) = (Releases(run.Settings("one", null)), Releases(run.Settings("other", null)));
        Assert.Empty(one.Intersect(other));
        Assert.NotEqual(run.Weights("one"), run.Weights("other"));
    }

    /// <summary>A copy of the run folder without the key cannot go on; a copy with the run's own key goes on only where the key has not been used since.</summary>
    [Fact]
    public void ACopyOfTheFolderDoesNotGoOnBesideTheRun()
    {
        var batches = 0;
        Assert.Throws<InvalidTimeZoneException>(() => run.Execute(run.Settings("run", null), _ => { if (++batches == 10) throw new InvalidTimeZoneException(); }));
        CopyFolder(run.Output("run"), run.Output("copy"));
        run.Execute(run.Settings("run", null, resume: true));
        Assert.Contains("no key", Assert.Throws<BadInputException>(() => run.Execute(run.Settings("copy", null, resume: true))).Message, StringComparison.Ordinal);
    }

    private string[] Releases(FinetuneSettings settings)
    {
        run.Execute(settings);
        return [.. LedgerHistory.Read(RunFolder.InnerOf(settings.Output)).Entries.Select(entry => entry.Release)];
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}

using System.Diagnostics;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Record;
using Xunit;

namespace LmoDp.Tests.Training.Runs;

/// <summary>
/// Runs that are killed (SIGKILL) at random moments, again and again, and resumed until they end. After every kill the ledger holds all that the saved state was made of, and none of its records is ever lost; at
/// the end each step is charged once, and a seeded run has the weights and the ledger of one that nobody killed.
/// </summary>
public sealed class CrashCampaignTests(ITestOutputHelper output) : IDisposable
{
    private static readonly (int, int)[] EachStepOnce = [.. Enumerable.Range(0, TinyRun.Steps).Select(step => (step, 1))];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false, 7L)]
    [InlineData(true, null)]
    public void AKillChangesNothing(bool zerothOrder, long? seed) => Campaign(zerothOrder, seed, kills: 1);

    [Theory]
    [Trait("Category", "Soak")]
    [InlineData(false, 7L)]
    [InlineData(false, null)]
    [InlineData(true, 7L)]
    [InlineData(true, null)]
    public void TwentyFiveKillsChangeNothing(bool zerothOrder, long? seed) => Campaign(zerothOrder, seed, kills: 25);

    private void Campaign(bool zerothOrder, long? seed, int kills)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "SIGKILL");
        var run = TinyRun.Create(folder.Path);
        var random = new Random(11);

        // Nobody kills this one. It tells when the first release can be expected, and how long a run takes.
        var (begun, clock) = (TimeSpan.Zero, Stopwatch.StartNew());
        var ledger = Path.Combine(run.Inner("whole"), PrivacyLedger.FileName);
        Assert.Equal(0, run.ExecuteInChild("whole", seed, resume: false, zerothOrder, now => (begun = begun == default && File.Exists(ledger) ? now : begun) < TimeSpan.Zero));
        var whole = clock.Elapsed;

        var (done, inTraining, runs) = (0, 0, 0);
        while (done < kills)
        {
            var name = FormattableString.Invariant($"run {runs++}");
            for (IReadOnlyList<LedgerEntry> before = []; ;)
            {
                var resume = File.Exists(Path.Combine(run.Inner(name), PrivacyLedger.FileName));
                var moment = begun + random.NextDouble() * (whole - begun);
                var killed = run.ExecuteInChild(name, seed, resume, zerothOrder, now => now > moment) == 137;
                if (killed)
                    done++;
                if (!File.Exists(Path.Combine(run.Inner(name), PrivacyLedger.FileName)))
                    continue;
                var after = LedgerHistory.Read(run.Inner(name));
                Assert.Equal(before, after.Entries.Take(before.Count));
                Assert.True(after.Entries.Count >= (Checkpoint.Read(run.Inner(name))?.Step ?? 0));
                if (killed && after.Entries.Count is > 0 and < TinyRun.Steps)
                    inTraining++;
                before = after.Entries;
                if (File.Exists(Path.Combine(run.Output(name), RunRecord.FileName)))
                    break;
            }
            Assert.Equal(EachStepOnce, run.Releases(name));
            Assert.True(RunCheck.Of(run.Output(name)).Ok);
            if (seed is null)
                continue;
            Assert.Equal(run.Weights("whole"), run.Weights(name));
            Assert.Equal(LedgerHistory.Read(run.Inner("whole")).Entries, LedgerHistory.Read(run.Inner(name)).Entries);
        }
        output.WriteLine($"{(zerothOrder ? "zeroth" : "first")} order, {(seed is null ? "secret" : "seeded")}: {done} kills in {runs} runs, {inTraining} of them between the first release and the last");
    }
}

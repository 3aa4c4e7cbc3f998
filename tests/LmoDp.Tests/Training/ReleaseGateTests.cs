using LmoDp.Privacy.Accounting;
using LmoDp.Training.Ledger;
using TorchSharp;
using Xunit;

namespace LmoDp.Tests.Training;

public sealed class ReleaseGateTests : IDisposable
{
    private const int Planned = 3;
    private readonly TemporaryFolder folder = new();
    private readonly TemporaryFolder keys = new();
    private readonly string run = LedgerHeader.NewRun();
    private readonly RunKeyStore store;

    public ReleaseGateTests()
    {
        store = new RunKeyStore(keys.Path);
    }

    [Fact]
    public void NoiseComesOnlyAfterTheLedgerHoldsTheRelease()
    {
        using var run = Start();
        var attempt = run.Gate.Begin(0, Bytes(1));
        Assert.Empty(LedgerHistory.Read(folder.Path).Entries);
        Assert.True(run.Gate.TryAuthorize(attempt, Bytes(2), out var release));
        Assert.True(release.IsCharged);
        var entry = Assert.Single(LedgerHistory.Read(folder.Path).Entries);
        Assert.Equal((0, 1), (entry.Step, entry.Attempt));
    }

    [Fact]
    public void TheSameStepMadeAgainIsTheSameBitsAndFree()
    {
        byte[] draw, noise;
        using (var run = Start())
        {
            (draw, noise) = Release(run.Gate, 0, state: 1, sum: 2);
        }
        using (var run = Resume())
        {
            var again = Release(run.Gate, 0, state: 1, sum: 2, charged: false);
            Assert.Equal(draw, again.Draw);
            Assert.Equal(noise, again.Noise);
            Assert.Equal(1, run.Ledger.History.Spent(0));
        }
    }

    [Fact]
    public void AnotherStateIsAnotherAttemptWithFreshRandomness()
    {
        using var run = Start();
        var first = Release(run.Gate, 0, state: 1, sum: 2);
        var other = Release(run.Gate, 0, state: 9, sum: 2);
        Assert.NotEqual(first.Draw, other.Draw);
        Assert.NotEqual(first.Noise, other.Noise);
        Assert.Equal([1, 2], run.Ledger.History.Entries.Select(entry => entry.Attempt));
    }

    [Fact]
    public void TheSameStateWithOtherBitsOfTheSumNeedsAFreshDraw()
    {
        (byte[] Draw, byte[] Noise) first, second;
        using (var run = Start())
        {
            first = Release(run.Gate, 0, state: 1, sum: 2);
        }
        using (var run = Resume())
        {
            var attempt = run.Gate.Begin(0, Bytes(1));
            Assert.False(run.Gate.TryAuthorize(attempt, Bytes(3), out var none));
            Assert.Null(none);
            Assert.Equal(1, run.Ledger.History.Spent(0));
            second = Release(run.Gate, 0, state: 1, sum: 4);
            Assert.NotEqual(first.Draw, second.Draw);
            Assert.NotEqual(first.Noise, second.Noise);
        }
        using (var run = Resume())
        {
            Assert.Equal(second, Release(run.Gate, 0, state: 1, sum: 4, charged: false), (a, b) => a.Draw.SequenceEqual(b.Draw) && a.Noise.SequenceEqual(b.Noise));
        }
    }

    [Fact]
    public void TheDrawDoesNotDependOnTheSumAndTheNoiseDoes()
    {
        using var one = new SeededKey(1);
        var draws = new List<byte[]>();
        var noises = new List<byte[]>();
        foreach (var sum in new byte[] { 2, 3 })
        {
            using var place = new TemporaryFolder();
            using var ledger = PrivacyLedger.Create(place.Path, Header(isPrivate: false));
            var made = Release(new ReleaseGate(ledger, one, Budget()), 0, state: 1, sum);
            draws.Add(made.Draw);
            noises.Add(made.Noise);
        }
        Assert.Equal(draws[0], draws[1]);
        Assert.NotEqual(noises[0], noises[1]);
    }

    [Fact]
    public void AStepBeyondTheBudgetIsRefusedBeforeAnythingIsComputed()
    {
        using var run = Start();
        for (var step = 0; step < Planned; step++)
            Release(run.Gate, step, state: (byte)step, sum: 7);
        Assert.Throws<BudgetSpentException>(() => run.Gate.Begin(1, Bytes(99)));
        Assert.Throws<BudgetSpentException>(() => run.Gate.Begin(Planned, Bytes(99)));
        Release(run.Gate, 2, state: 2, sum: 7, charged: false);
        Assert.Equal(Planned, run.Ledger.History.Spent(0));
    }

    [Fact]
    public void ARedoneStepWithOtherBitsIsRefusedWhereTheBudgetIsSpent()
    {
        using var run = Start();
        for (var step = 0; step < Planned; step++)
            Release(run.Gate, step, state: (byte)step, sum: 7);
        var attempt = run.Gate.Begin(2, Bytes(2));
        Assert.False(run.Gate.TryAuthorize(attempt, Bytes(8), out _));
        Assert.Throws<BudgetSpentException>(() => run.Gate.Begin(2, Bytes(2)));
    }

    [Fact]
    public void ATornRecordIsCompletedByTheSameAttemptAtNoCost()
    {
        byte[] whole;
        using (var run = Start())
        {
            for (var step = 0; step < Planned; step++)
                Release(run.Gate, step, state: (byte)step, sum: 7);
        }
        var path = folder.File(PrivacyLedger.FileName);
        whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^50]);
        using (var run = Resume())
        {
            Release(run.Gate, 2, state: 2, sum: 7);
            Assert.Equal(Planned, run.Ledger.History.Spent(0));
        }
        Assert.Equal(whole, File.ReadAllBytes(path));
    }

    [Fact]
    public void ATornRecordAndAnotherAttemptExceedTheBudget()
    {
        using (var run = Start())
        {
            for (var step = 0; step < Planned; step++)
                Release(run.Gate, step, state: (byte)step, sum: 7);
        }
        var path = folder.File(PrivacyLedger.FileName);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^50]);
        using (var run = Resume())
        {
            var attempt = run.Gate.Begin(2, Bytes(88));
            Assert.Throws<BudgetSpentException>(() => run.Gate.TryAuthorize(attempt, Bytes(7), out _));
        }
    }

    [Fact]
    public void AfterTheRatchetAnEarlierStepIsANewAttempt()
    {
        using var run = Start();
        var first = Release(run.Gate, 0, state: 1, sum: 2);
        run.Key.Ratchet(run.Ledger.History.Position);
        var again = Release(run.Gate, 0, state: 1, sum: 2);
        Assert.NotEqual(first.Draw, again.Draw);
        Assert.NotEqual(first.Noise, again.Noise);
        Assert.Equal(2, run.Ledger.History.Spent(0));
    }

    [Fact]
    public void APartGetsItsNoiseOnce()
    {
        using var run = Start();
        Assert.True(run.Gate.TryAuthorize(run.Gate.Begin(0, Bytes(1)), Bytes(2), out var release));
        using var weight = release.OpenNoise("weight");
        using var bias = release.OpenNoise("bias");
        Assert.NotEqual(weight.NextUInt64(), bias.NextUInt64());
        Assert.Throws<InvalidOperationException>(() => release.OpenNoise("weight"));
    }

    [Fact]
    public void ASecretRunIsNotResumedWithASeed()
    {
        Start().Dispose();
        using var ledger = PrivacyLedger.Open(folder.Path, null);
        using var seeded = new SeededKey(1);
        Assert.Throws<BadInputException>(() => new ReleaseGate(ledger, seeded, Budget()));
    }

    [Fact]
    public void TheStateDigestChangesWithEveryPart()
    {
        using var weight = torch.tensor(new float[] { 1, 2, 3, 4 });
        using var nextFloat = torch.tensor(new float[] { 1, 2, 3, MathF.BitIncrement(4) });
        using var negativeZero = torch.tensor(new float[] { -0f, 2, 3, 4 });
        using var zero = torch.tensor(new float[] { 0f, 2, 3, 4 });
        using var square = weight.view(2, 2);
        using var other = weight.to(torch.float64);
        var digests = new[]
        {
            State(3, weight, "lr=1", 7), State(4, weight, "lr=1", 7), State(3, nextFloat, "lr=1", 7), State(3, square, "lr=1", 7),
            State(3, other, "lr=1", 7), State(3, weight, "lr=1.0", 7), State(3, weight, "lr=1", 8), State(3, zero, "lr=1", 7), State(3, negativeZero, "lr=1", 7),
        };
        Assert.Equal(digests.Length, digests.Distinct().Count());
        using var transposed = torch.tensor(new float[] { 1, 3, 2, 4 }).view(2, 2).t();
        Assert.Equal(State(3, square, "lr=1", 7), State(3, transposed, "lr=1", 7));

        static string State(int step, torch.Tensor parameter, string settings, byte data)
        {
            using var hash = new CanonicalHash("state");
            return Convert.ToHexString(hash.Add("step", step).Add("parameters", new Dictionary<string, torch.Tensor> { ["w"] = parameter }).Add("settings", settings).Add("data", Bytes(data)).Finish());
        }
    }

    public void Dispose()
    {
        folder.Dispose();
        keys.Dispose();
    }

    private static readonly ReleaseTerms Terms = new("gaussian:std=2", ReleaseKind.Vector, 1, 0.1);

    private static byte[] Bytes(byte value) => [.. Enumerable.Repeat(value, 32)];

    private static ReleaseBudget Budget() => ReleaseBudget.ForSchedule([new(Terms, Planned)]);

    private static (byte[] Draw, byte[] Noise) Release(ReleaseGate gate, int step, byte state, byte sum, bool charged = true)
    {
        var attempt = gate.Begin(step, Bytes(state));
        Assert.True(gate.TryAuthorize(attempt, Bytes(sum), out var release));
        Assert.Equal(charged, release.IsCharged);
        var (draw, noise) = (new byte[64], new byte[64]);
        using var drawSource = attempt.OpenDraw();
        using var noiseSource = release.OpenNoise("all");
        drawSource.Fill(draw);
        noiseSource.Fill(noise);
        return (draw, noise);
    }

    private LedgerHeader Header(bool isPrivate) => new(run, isPrivate, [new(Terms, Planned)]);

    private OpenRun Start() => new(PrivacyLedger.Create(folder.Path, Header(isPrivate: true)), store.Create(run));

    private OpenRun Resume() => new(PrivacyLedger.Open(folder.Path, null), store.Open(run));

    private sealed record OpenRun(PrivacyLedger Ledger, RunKey Key) : IDisposable
    {
        public ReleaseGate Gate { get; } = new(Ledger, Key, Budget());

        public void Dispose()
        {
            Ledger.Dispose();
            Key.Dispose();
        }
    }
}

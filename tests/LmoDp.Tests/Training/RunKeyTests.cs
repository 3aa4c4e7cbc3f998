using LmoDp.Privacy.Accounting;
using LmoDp.Training.Ledger;
using Xunit;

namespace LmoDp.Tests.Training;

public sealed class RunKeyTests : IDisposable
{
    private static readonly byte[] Digest = new byte[32];
    private readonly string run = LedgerHeader.NewRun();
    private readonly TemporaryFolder folder = new();
    private readonly TemporaryFolder runFolder = new();
    private readonly RunKeyStore store;

    public RunKeyTests()
    {
        store = new RunKeyStore(folder.File("keys"));
    }

    private string KeyFile => Path.Combine(store.Folder, run, "key.json");

    [Fact]
    public void AStoredKeyDerivesTheSameAgain()
    {
        byte[] first;
        using (var key = store.Create(run))
        {
            first = key.Derive("noise", Digest);
            Assert.Equal(32, first.Length);
            Assert.True(key.IsPrivate);
        }
        using var again = store.Open(run);
        Assert.Equal(first, again.Derive("noise", Digest));
    }

    [Fact]
    public void PurposeDigestAndKeyAllCount()
    {
        using var key = store.Create(run);
        using var other = store.Create(LedgerHeader.NewRun());
        byte[] changed = [.. Digest];
        changed[31] ^= 1;
        byte[][] derived = [key.Derive("noise", Digest), key.Derive("draw", Digest), key.Derive("noise", changed), other.Derive("noise", Digest), key.Derive("noise\0", Digest.AsSpan(1))];
        Assert.Equal(derived.Length, derived.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void OnlyTheOwnerHasRights()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other rights");
        store.Create(run).Dispose();
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(owner, File.GetUnixFileMode(KeyFile));
            Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(KeyFile)!));
            using (var key = store.Open(run))
            {
                key.Ratchet(new LedgerPosition(1, "a"));
            }
            Assert.Equal(owner, File.GetUnixFileMode(KeyFile));
            File.SetUnixFileMode(KeyFile, owner | UnixFileMode.GroupRead);
            Assert.Throws<BadInputException>(() => store.Open(run));
        }
    }

    [Fact]
    public void ARatchetedKeyIsAnotherAndTheOldOneIsOverwritten()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the old file cannot be held open on Windows");
        using var key = store.Create(run);
        var before = key.Derive("noise", Digest);
        var oldContent = File.ReadAllText(KeyFile);
        using var oldFile = new FileStream(KeyFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        key.Ratchet(new LedgerPosition(1, "a"));
        Assert.Equal(1, key.Epoch);
        Assert.NotEqual(before, key.Derive("noise", Digest));
        Assert.DoesNotContain(oldContent[8..72], File.ReadAllText(KeyFile), StringComparison.Ordinal);
        var left = new byte[oldContent.Length];
        oldFile.ReadExactly(left);
        Assert.All(left, value => Assert.Equal(0, value));
        Assert.False(File.Exists(KeyFile + ".next"));
    }

    [Fact]
    public void ACrashBetweenCheckpointAndRatchetIsCaughtUp()
    {
        using var ledger = Ledger();
        byte[] expected;
        using (var key = store.Create(run))
        {
            expected = key.Derive("noise", Digest);
        }
        using (var key = store.Open(run))
        {
            Assert.True(key.Resume(0, ledger.History.Position, ledger.History));
            Assert.Equal(expected, key.Derive("noise", Digest));
            Assert.True(key.Resume(1, ledger.History.Position, ledger.History));
            Assert.Equal(1, key.Epoch);
            expected = key.Derive("noise", Digest);
        }
        using var again = store.Open(run);
        Assert.True(again.Resume(1, ledger.History.Position, ledger.History));
        Assert.Equal(expected, again.Derive("noise", Digest));
    }

    [Fact]
    public void AKeyIsNeverTurnedBack()
    {
        using var ledger = Ledger();
        using var key = store.Create(run);
        key.Ratchet(ledger.History.Position);
        key.Ratchet(ledger.History.Position);
        Assert.False(key.Resume(1, ledger.History.Position, ledger.History));
        Assert.Equal(2, key.Epoch);
        Assert.Throws<BadInputException>(() => key.Resume(4, ledger.History.Position, ledger.History));
    }

    [Fact]
    public void AnOlderCopyOfTheRunFolderIsRecognised()
    {
        var ledger = Ledger();
        using var key = store.Create(run);
        var copy = File.ReadAllBytes(runFolder.File(PrivacyLedger.FileName));
        var checkpoint = ledger.History.Position;
        ledger.Append(new LedgerEntry(0, 0, 1, new string('0', 64), new string('0', 64)));
        key.Ratchet(ledger.History.Position);
        Assert.False(key.Resume(0, checkpoint, ledger.History));
        ledger.Dispose();
        File.WriteAllBytes(runFolder.File(PrivacyLedger.FileName), copy);
        using var older = PrivacyLedger.Open(runFolder.Path, checkpoint);
        Assert.Throws<BadInputException>(() => key.Resume(0, checkpoint, older.History));
    }

    [Fact]
    public void OneProcessHasTheKey()
    {
        using var key = store.Create(run);
        Assert.Throws<BadInputException>(() => store.Open(run));
    }

    [Fact]
    public void AnErasedKeyIsGone()
    {
        using (var key = store.Create(run))
        {
            key.Erase();
        }
        Assert.False(Directory.Exists(Path.GetDirectoryName(KeyFile)));
        Assert.Throws<BadInputException>(() => store.Open(run));
    }

    [Fact]
    public void ALeftoverReplacementIsDestroyed()
    {
        store.Create(run).Dispose();
        File.WriteAllText(KeyFile + ".next", "the key of the next epoch");
        store.Open(run).Dispose();
        Assert.False(File.Exists(KeyFile + ".next"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"Key\":\"00\",\"Epoch\":0}")]
    [InlineData("{\"Key\":\"zz\",\"Epoch\":0}")]
    [InlineData("{\"Key\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"Epoch\":-1}")]
    public void ADamagedKeyIsRefused(string content)
    {
        store.Create(run).Dispose();
        File.WriteAllText(KeyFile, content);
        Assert.Throws<BadInputException>(() => store.Open(run));
    }

    [Fact]
    public void ASeededKeyIsTheSameEverywhereAndNotPrivate()
    {
        using var ledger = Ledger();
        using var one = new SeededKey(7);
        using var other = new SeededKey(8);
        using var later = new SeededKey(7);
        later.Ratchet(default);
        Assert.True(later.Resume(3, default, ledger.History));
        Assert.Equal(3, later.Epoch);
        Assert.Equal(one.Derive("noise", Digest), later.Derive("noise", Digest));
        Assert.NotEqual(one.Derive("noise", Digest), other.Derive("noise", Digest));
        Assert.False(one.IsPrivate);
    }

    public void Dispose()
    {
        folder.Dispose();
        runFolder.Dispose();
    }

    private PrivacyLedger Ledger()
        => PrivacyLedger.Create(runFolder.Path, new LedgerHeader(run, true, [new(new("gaussian:std=2", ReleaseKind.Vector, 1, 0.1), 10)]));
}

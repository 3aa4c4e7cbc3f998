using System.Text;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Ledger;
using Xunit;

namespace LmoDp.Tests.Training;

public sealed class PrivacyLedgerTests : IDisposable
{
    private static readonly ReleaseTerms Terms = new("gaussian:std=2", ReleaseKind.Vector, 1.0 + 1e-6, 0.03);
    private static readonly LedgerHeader Header = new("4d696e696d616c2072756e206e616d65", true, [new(Terms, 20)]);
    private readonly TemporaryFolder folder = new();

    private string LedgerPath => folder.File(PrivacyLedger.FileName);

    [Fact]
    public void EntriesAreReadBackInOrder()
    {
        var entries = Enumerable.Range(0, 5).Select(step => Entry(step)).ToArray();
        Write(entries);
        var history = LedgerHistory.Read(folder.Path);
        Assert.Equal(entries, history.Entries);
        Assert.Equal(5, history.Spent(0));
        Assert.False(history.IsTorn);
        Assert.Equal(Header.Run, history.Header.Run);
        Assert.Equal(Header.Plan, history.Header.Plan);
        Assert.Equal(new FileInfo(LedgerPath).Length, history.Position.Length);
    }

    [Fact]
    public void AHeaderWithASettingTwiceIsNone()
    {
        var record = Encoding.UTF8.GetString(LedgerRecord.Write(Header with { Settings = new Dictionary<string, string> { ["steps"] = "3" } }));
        Assert.Equal("3", LedgerRecord.ReadHeader(Encoding.UTF8.GetBytes(record)).Settings!["steps"]);
        var twice = record.Replace("\"steps\":\"3\"", "\"steps\":\"3\",\"steps\":\"4\"", StringComparison.Ordinal);
        Assert.NotEqual(record, twice);
        Assert.Contains("twice", Assert.Throws<FormatException>(() => LedgerRecord.ReadHeader(Encoding.UTF8.GetBytes(twice))).Message);
    }

    [Fact]
    public void AnEntryIsInTheFileWhenAppendReturnsAndStatesItsWholeCost()
    {
        using var ledger = PrivacyLedger.Create(folder.Path, Header);
        ledger.Append(Entry(3));
        var line = File.ReadAllLines(LedgerPath)[^1];
        using var json = System.Text.Json.JsonDocument.Parse(line);
        var record = json.RootElement.GetProperty("record");
        Assert.Equal("gaussian:std=2", record.GetProperty("noise").GetString());
        Assert.Equal("vector", record.GetProperty("release").GetString());
        Assert.Equal(1.0 + 1e-6, record.GetProperty("sensitivity").GetDouble());
        Assert.Equal(0.03, record.GetProperty("samplingRate").GetDouble());
        Assert.Equal(1, record.GetProperty("perDraw").GetInt32());
        Assert.Equal(3, record.GetProperty("step").GetInt32());
    }

    [Fact]
    public void CutAtAnyByteOfTheLastRecordItStillCountsAsSpent()
    {
        Write(Entry(0), Entry(1), Entry(2));
        var bytes = File.ReadAllBytes(LedgerPath);
        var other = Entry(2, attempt: 2);
        var withOther = Sealed(Entry(0), Entry(1), other);
        var lastStart = Array.LastIndexOf(bytes, (byte)'\n', bytes.Length - 2) + 1;
        for (var length = lastStart + 1; length < bytes.Length; length++)
        {
            Put(bytes[..length]);
            Assert.Equal(3, LedgerHistory.Read(folder.Path).Spent(0));

            // The same attempt completes the torn record; it is charged once.
            using (var ledger = PrivacyLedger.Open(folder.Path, null))
            {
                Assert.Equal(3, ledger.SpentWith(Entry(2), 0));
                ledger.Append(Entry(2));
            }
            Assert.Equal(bytes, File.ReadAllBytes(LedgerPath));

            // Any other entry comes on top of it.
            Put(bytes[..length]);
            using (var ledger = PrivacyLedger.Open(folder.Path, null))
            {
                var completes = bytes.AsSpan(0, length).SequenceEqual(withOther.AsSpan(0, length));
                Assert.Equal(completes ? 3 : 4, ledger.SpentWith(other, 0));
                ledger.Append(other);
                Assert.Equal(completes ? 3 : 4, ledger.History.Spent(0));
            }
            Assert.Equal(3, LedgerHistory.Read(folder.Path).Entries.Count(entry => !entry.IsTorn));
        }
    }

    [Fact]
    public void CutAtARecordsEndOrBeforeItIsRecognisedByTheCheckpoint()
    {
        LedgerPosition checkpoint;
        using (var ledger = PrivacyLedger.Create(folder.Path, Header))
        {
            ledger.Append(Entry(0));
            ledger.Append(Entry(1));
            checkpoint = ledger.History.Position;
            ledger.Append(Entry(2));
        }
        var bytes = File.ReadAllBytes(LedgerPath);
        for (var length = 0; length < bytes.Length; length++)
        {
            Put(bytes[..length]);
            if (length < checkpoint.Length)
                Assert.Throws<BadInputException>(() => PrivacyLedger.Open(folder.Path, checkpoint).Dispose());
            else
                PrivacyLedger.Open(folder.Path, checkpoint).Dispose();
        }
        File.Delete(LedgerPath);
        Assert.Throws<BadInputException>(() => PrivacyLedger.Open(folder.Path, checkpoint));
    }

    [Fact]
    public void NoChangedBitGoesUnnoticedOrHidesARelease()
    {
        Write(Entry(0), Entry(1), Entry(2));
        var bytes = File.ReadAllBytes(LedgerPath);
        var end = LedgerHistory.Read(folder.Path).Position;
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (var flip in new byte[] { 1, 0x20, 0xFF, (byte)(bytes[i] ^ '\n') })
            {
                var changed = (byte[])bytes.Clone();
                changed[i] ^= flip;
                if (changed[i] == bytes[i])
                    continue;
                try
                {
                    var history = LedgerHistory.Parse(changed, "changed");
                    Assert.Equal(bytes.Length - 1, i);
                    Assert.Equal(3, history.Spent(0));
                    Assert.Throws<BadInputException>(() => history.RequireContinues(end, "the checkpoint"));
                }
                catch (BadInputException e)
                {
                    Assert.Contains("damaged", e.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void MissingRepeatedAndExchangedRecordsAreRefused()
    {
        Write(Entry(0), Entry(1), Entry(2));
        var lines = File.ReadAllLines(LedgerPath);
        string[][] others =
        [
            [lines[0], lines[2], lines[3]],
            [lines[0], lines[1], lines[1], lines[2], lines[3]],
            [lines[0], lines[2], lines[1], lines[3]],
            [lines[1], lines[2], lines[3]],
            [.. lines, ""],
        ];
        foreach (var other in others)
            Assert.Throws<BadInputException>(() => LedgerHistory.Parse(Encoding.UTF8.GetBytes(string.Join('\n', other) + "\n"), "other"));
    }

    [Fact]
    public void ALedgerOfAnotherRunIsNotTheCheckpoints()
    {
        Write(Entry(0));
        var checkpoint = LedgerHistory.Read(folder.Path).Position;
        File.Delete(LedgerPath);
        using (var ledger = PrivacyLedger.Create(folder.Path, Header with { Run = LedgerHeader.NewRun() }))
        {
            ledger.Append(Entry(0));
        }
        Assert.Throws<BadInputException>(() => PrivacyLedger.Open(folder.Path, checkpoint));
        PrivacyLedger.Open(folder.Path, null).Dispose();
    }

    [Fact]
    public void AFolderThatCannotBeWrittenToIsNotSaidToBeInUse()
    {
        Directory.CreateDirectory(folder.File(FolderLock.FileName)); // where the lock file is to be
        Assert.Contains("cannot be written to", Assert.Throws<BadInputException>(() => FolderLock.Take(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be written to", Assert.Throws<BadInputException>(() => FolderLock.Take(folder.File(new string('a', 300)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TwoUsersOfOneFolderAreRefused()
    {
        using (var ledger = PrivacyLedger.Create(folder.Path, Header))
        {
            var fault = Assert.Throws<BadInputException>(() => PrivacyLedger.Open(folder.Path, null));
            Assert.Contains("another process", fault.Message, StringComparison.Ordinal);
            Assert.Empty(LedgerHistory.Read(folder.Path).Entries);
        }
        PrivacyLedger.Open(folder.Path, null).Dispose();
    }

    [Fact]
    public void ARunIsNotBegunTwiceInOneFolder()
    {
        PrivacyLedger.Create(folder.Path, Header).Dispose();
        Assert.Throws<BadInputException>(() => PrivacyLedger.Create(folder.Path, Header));
    }

    [Fact]
    public void ATornRecordIsChargedInEveryGroupItMayHaveBeenOf()
    {
        var header = Header with { Plan = [new(Terms, 3), new(Terms with { Kind = ReleaseKind.Scalar, PerDraw = 8 }, 2)] };
        using (var ledger = PrivacyLedger.Create(folder.Path, header))
        {
            ledger.Append(Entry(0));
        }
        File.AppendAllText(LedgerPath, "{\"hash\":\"00");
        using (var ledger = PrivacyLedger.Open(folder.Path, null))
        {
            Assert.Equal((2, 1), (ledger.History.Spent(0), ledger.History.Spent(1)));
            ledger.Append(Entry(1) with { Group = 1 });
            Assert.Equal((2, 2), (ledger.History.Spent(0), ledger.History.Spent(1)));
        }
        Assert.Equal(2, LedgerHistory.Read(folder.Path).Entries.Count(entry => entry.IsTorn));
    }

    /// <summary>A step that was made anew may come out as an earlier attempt did: sums of any attempt that was charged are taken, replace what the step released before, and end what came after; others are damage.</summary>
    [Fact]
    public void SumsOfAnyChargedAttemptAreTakenAndOfNoOther()
    {
        var scalars = Header with { Plan = [new(Terms with { Kind = ReleaseKind.Scalar, PerDraw = 2 }, 20)] };
        using (var ledger = PrivacyLedger.Create(folder.Path, scalars))
        {
            ledger.Append(Entry(0));
            ledger.Append(new ReleasedSums(0, 1, [1, 2]));
            ledger.Append(Entry(1));
            ledger.Append(new ReleasedSums(1, 1, [3, 4]));
            ledger.Append(Entry(0, attempt: 2));
            ledger.Append(new ReleasedSums(0, 1, [5, 6]));
        }
        var history = LedgerHistory.Read(folder.Path);
        Assert.Equal(3, history.Spent(0));
        Assert.Equal([5, 6], Assert.Single(history.Trajectory).Sums);
        foreach (var stray in new ReleasedSums[] { new(0, 3, [1, 2]), new(1, 2, [1, 2]), new(2, 1, [1, 2]), new(0, 1, [1]), new(0, 1, [1, 2, 3]) })
        {
            using var other = new TemporaryFolder();
            using var ledger = PrivacyLedger.Create(other.Path, scalars);
            ledger.Append(Entry(0));
            ledger.Append(Entry(0, attempt: 2));
            Assert.Throws<FormatException>(() => ledger.Append(stray));
            Assert.Contains("damaged", Assert.Throws<BadInputException>(() => LedgerHistory.Read(other.Path)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AnEntryThatCannotBeWrittenEndsTheRun()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || !File.Exists("/dev/full"), "needs /dev/full");
        PrivacyLedger.Create(folder.Path, Header).Dispose();
        using var ledger = PrivacyLedger.Open(folder.Path, null);
        Replace(ledger, new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0));
        Assert.Throws<IOException>(() => ledger.Append(Entry(0)));
        Assert.Throws<InvalidOperationException>(() => ledger.Append(Entry(0)));
        Assert.Empty(ledger.History.Entries);
    }

    [Fact]
    public void ALongNoiseLawStandsInFullInTheHeaderOnly()
    {
        var law = "lattice:" + string.Join(',', Enumerable.Range(0, 5000));
        var header = Header with { Plan = [new(Terms with { Noise = law }, 20)] };
        using (var ledger = PrivacyLedger.Create(folder.Path, header))
        {
            ledger.Append(Entry(0));
        }
        var history = LedgerHistory.Read(folder.Path);
        Assert.Equal(law, history.Header.Plan[0].Terms.Noise);
        Assert.Single(history.Entries);
        Assert.InRange(File.ReadAllLines(LedgerPath)[1].Length, 1, 700);
    }

    public void Dispose() => folder.Dispose();

    private static LedgerEntry Entry(int step, int attempt = 1) => new(0, step, attempt, Digits(step), Digits(100 * step + attempt));

    private static string Digits(int seed) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(seed)));

    private static void Replace(PrivacyLedger ledger, FileStream stream)
    {
        var field = typeof(PrivacyLedger).GetField("stream", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!;
        ((FileStream)field.GetValue(ledger)!).Dispose();
        field.SetValue(ledger, stream);
    }

    /// <summary>A fresh file: some file systems flush a file that is cut back and rewritten.</summary>
    private void Put(byte[] bytes)
    {
        File.Delete(LedgerPath);
        File.WriteAllBytes(LedgerPath, bytes);
    }

    private void Write(params LedgerEntry[] entries)
    {
        using var ledger = PrivacyLedger.Create(folder.Path, Header);
        foreach (var entry in entries)
            ledger.Append(entry);
    }

    private static byte[] Sealed(params LedgerEntry[] entries)
    {
        using var other = new TemporaryFolder();
        using (var ledger = PrivacyLedger.Create(other.Path, Header))
        {
            foreach (var entry in entries)
                ledger.Append(entry);
        }
        return File.ReadAllBytes(other.File(PrivacyLedger.FileName));
    }
}

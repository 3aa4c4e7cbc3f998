using System.Text;
using LmoDp.Tests.Training.Runs;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Record;
using LmoDp.Training.Runs;

namespace LmoDp.Tests.Fuzzing;

/// <summary>Readers of what runs leave: ledgers, checkpoints, records.</summary>
internal static class RunTargets
{
    public static FuzzTarget Ledger(FuzzTargets targets) => Ledger(targets, "ledger", seal: false);

    public static FuzzTarget LedgerRecords(FuzzTargets targets) => Ledger(targets, "ledger records", seal: true);

    public static FuzzTarget Checkpoint(FuzzTargets targets)
    {
        var file = CheckpointFile(targets, "checkpoint");
        return new FuzzTarget("checkpoint", file, [File.ReadAllBytes(file)], ReadCheckpoint(file), Share: 200);
    }

    /// <summary>The header alone is damaged.</summary>
    public static FuzzTarget CheckpointMetadata(FuzzTargets targets)
    {
        var file = CheckpointFile(targets, "checkpoint metadata");
        var whole = File.ReadAllBytes(file);
        var end = 8 + BitConverter.ToInt32(whole);
        return new FuzzTarget("checkpoint metadata", file, [whole[8..end]], ReadCheckpoint(file), header => [.. BitConverter.GetBytes((long)header.Length), .. header, .. whole[end..]], Share: 200);
    }

    public static FuzzTarget Record(FuzzTargets targets)
    {
        var folder = FinishedRun(targets, "run record", zerothOrder: false);
        var file = Path.Combine(folder, RunRecord.FileName);
        return new FuzzTarget("run record", file, [File.ReadAllBytes(file)], () =>
        {
            _ = RunRecord.MaxTokensOf(folder);
            ModelCard.Agrees(folder, RunRecord.Read(folder)!);
            RunRecord.Read(folder)!.Files().Count();
        }, Share: 200);
    }

    /// <summary>Checks the run of a damaged record.</summary>
    public static FuzzTarget CheckedRecord(FuzzTargets targets)
    {
        var folder = FinishedRun(targets, "checked record", zerothOrder: false);
        var file = Path.Combine(folder, RunRecord.FileName);
        return new FuzzTarget("checked record", file, [File.ReadAllBytes(file)], () => RunCheck.Of(folder), Share: 2);
    }

    /// <summary>Checks the run of a ledger that somebody made up.</summary>
    public static FuzzTarget CheckedLedger(FuzzTargets targets)
    {
        var folder = FinishedRun(targets, "checked ledger", zerothOrder: false);
        var file = Path.Combine(RunFolder.InnerOf(folder), PrivacyLedger.FileName);
        return new FuzzTarget("checked ledger", file, [Records(file)], () => RunCheck.Of(folder), Seal, Share: 2);
    }

    /// <summary>Makes a model of a ledger that somebody made up.</summary>
    public static FuzzTarget ReplayedLedger(FuzzTargets targets)
    {
        var folder = FinishedRun(targets, "replayed ledger", zerothOrder: true);
        var (file, output) = (Path.Combine(RunFolder.InnerOf(folder), PrivacyLedger.FileName), Path.Combine(folder, "again"));
        var model = Path.Combine(Directory.GetParent(folder)!.FullName, "model");
        return new FuzzTarget("replayed ledger", file, [Records(file)], () =>
        {
            try
            {
                ReplayedRun.Make(folder, model, output);
            }
            finally
            {
                if (Directory.Exists(output))
                    Directory.Delete(output, recursive: true);
            }
        }, Seal, Share: 10);
    }

    private static FuzzTarget Ledger(FuzzTargets targets, string name, bool seal)
    {
        var folder = targets.Folder(name);
        var made = new[] { false, true }.Select(zerothOrder => Path.Combine(RunFolder.InnerOf(FinishedRun(targets, $"{name} {zerothOrder}", zerothOrder)), PrivacyLedger.FileName)).ToArray();
        return new FuzzTarget(name, Path.Combine(folder, PrivacyLedger.FileName), [.. made.Select(path => seal ? Records(path) : Shortened(path))], () =>
        {
            var history = LedgerHistory.Read(folder);
            _ = (history.Spent(0), history.Trajectory.Count);
            history.Reported();
        }, seal ? Seal : null, Share: 300);
    }

    private static string FinishedRun(FuzzTargets targets, string name, bool zerothOrder)
    {
        var run = TinyRun.Create(Directory.GetParent(targets.Folder(name))!.FullName);
        run.Execute((zerothOrder ? run.ZerothOrder("inner", 3) : run.Settings("inner", 3)) with { Steps = 3 });
        return run.Output("inner");
    }

    private static string CheckpointFile(FuzzTargets targets, string name)
    {
        var file = Path.Combine(targets.Folder(name), LmoDp.Training.Loop.Checkpoint.FileName);
        using var state = new SmallState();
        new Checkpoint(3, 1, new LedgerPosition(100, new string('a', 64))).Write(Path.GetDirectoryName(file)!, state.State.Tensors);
        return file;
    }

    private static Action ReadCheckpoint(string file)
    {
        var state = new SmallState();
        return () => LmoDp.Training.Loop.Checkpoint.Read(Path.GetDirectoryName(file)!)!.Restore(Path.GetDirectoryName(file)!, state.State);
    }

    /// <summary>Header and two releases: enough to be damaged.</summary>
    private static byte[] Shortened(string ledger) => Encoding.UTF8.GetBytes(string.Concat(File.ReadLines(ledger).Take(3).Select(line => line + "\n")));

    /// <summary>The records of a ledger, one a line, without checksums.</summary>
    private static byte[] Records(string ledger) => Encoding.UTF8.GetBytes(string.Concat(File.ReadLines(ledger).Select(line => line[(line.IndexOf(",\"record\":", StringComparison.Ordinal) + 10)..^1] + "\n")));

    /// <summary>A ledger of such records, whatever they say.</summary>
    private static byte[] Seal(byte[] records)
    {
        using var ledger = new MemoryStream();
        var hash = LedgerChain.Start;
        foreach (var range in MemoryExtensions.Split(records.AsSpan(), (byte)'\n'))
        {
            var record = records.AsSpan()[range];
            if (record.IsEmpty)
                continue;
            (var line, hash) = LedgerChain.Seal(hash, record);
            ledger.Write(line);
        }
        return ledger.ToArray();
    }
}

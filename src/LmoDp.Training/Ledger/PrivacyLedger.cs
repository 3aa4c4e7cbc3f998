namespace LmoDp.Training.Ledger;

/// <summary>
/// The record of everything a run has released or may have released, open for appending by one process. A release is appended and flushed to the disk before
/// its noise is drawn (<see cref="ReleaseGate"/> sees to the order), so a crash can only overstate what was released.
/// </summary>
public sealed class PrivacyLedger : IDisposable
{
    /// <summary>The file's name in the run folder.</summary>
    public const string FileName = "ledger.jsonl";

    private readonly string path;
    private readonly FolderLock folderLock;
    private FileStream stream;
    private bool failed;

    private PrivacyLedger(string path, FolderLock folderLock, LedgerHistory history)
    {
        this.path = path;
        this.folderLock = folderLock;
        History = history;
        stream = OpenForAppending();
    }

    /// <summary>What was released so far.</summary>
    public LedgerHistory History { get; }

    /// <summary>Starts the ledger of a new run; it is on the disk, and its name in the folder, when this returns.</summary>
    /// <param name="folder">The run folder, which exists.</param>
    /// <param name="header">The run and its plan.</param>
    /// <exception cref="BadInputException">The folder holds a ledger already, is in use or cannot be written to.</exception>
    public static PrivacyLedger Create(string folder, LedgerHeader header) => UnderLock(folder, (path, folderLock) =>
    {
        if (File.Exists(path))
            throw new BadInputException($"{folder} holds a private run already: resume it, or choose another folder");
        var record = LedgerRecord.Write(header);
        _ = LedgerRecord.ReadHeader(record);
        var (line, hash) = LedgerChain.Seal(LedgerChain.Start, record);
        AtomicFile.Write(path, file => file.Write(line));
        return new PrivacyLedger(path, folderLock, LedgerHistory.Begin(header, new LedgerPosition(line.Length, hash)));
    });

    /// <summary>Opens the ledger of a run that goes on.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="checkpoint">The ledger's place when the checkpoint that the run goes on from was written; null where it starts from its beginning.</param>
    /// <exception cref="BadInputException">The ledger is missing, damaged, older than the checkpoint, or in use, or cannot be written to.</exception>
    public static PrivacyLedger Open(string folder, LedgerPosition? checkpoint) => UnderLock(folder, (path, folderLock) =>
    {
        var history = LedgerHistory.Read(folder);
        if (checkpoint is { } seen)
            history.RequireContinues(seen, "the checkpoint");
        return new PrivacyLedger(path, folderLock, history);
    });

    /// <summary>Draws that will have been charged under a group once an entry is appended. An entry that completes a torn record is that record, and is charged once.</summary>
    public int SpentWith(LedgerEntry entry, int group)
        => History.Spent(group) - (History.IsTorn && Completes(LedgerRecord.Write(History.Header, entry)) ? 1 : 0) + (entry.Group == group ? 1 : 0);

    /// <summary>Appends an entry. It is on the disk when this returns.</summary>
    /// <exception cref="IOException">The entry could not be written; the ledger takes no further entries, and the attempt must not be released.</exception>
    public void Append(LedgerEntry entry) => Append(LedgerRecord.Write(History.Header, entry), position =>
    {
        Flush();
        History.Add(entry, position);
    });

    /// <summary>Appends what the last entry has released. It is on the disk at the latest when the next entry is, or after <see cref="Flush"/>.</summary>
    /// <exception cref="IOException">It could not be written; the ledger takes nothing further.</exception>
    public void Append(ReleasedSums released) => Append(LedgerRecord.Write(released), position => History.Add(released, position));

    /// <summary>Puts all that was appended on the disk.</summary>
    public void Flush() => stream.Flush(flushToDisk: true);

    /// <summary>Closes the file and lets the folder go.</summary>
    public void Dispose()
    {
        stream.Dispose();
        folderLock.Dispose();
    }

    private void Append(byte[] record, Action<LedgerPosition> add)
    {
        if (failed)
            throw new InvalidOperationException("an earlier entry could not be written");
        failed = true;
        if (History.IsTorn && !Completes(record))
            ChargeTornRecord();
        var (line, hash) = LedgerChain.Seal(History.Position.Hash, record);
        AtomicFile.Guarded(() => stream.Write(line.AsSpan(History.TornTail.Length)));
        add(new LedgerPosition(History.Position.Length + line.Length, hash));
        failed = false;
    }

    /// <summary>Whether a torn record is the beginning of this very one: then the same attempt is made again, from the same state with the same randomness.</summary>
    private bool Completes(byte[] record)
        => History.IsTorn && LedgerChain.Seal(History.Position.Hash, record).Line.AsSpan().StartsWith(History.TornTail.Span);

    /// <summary>Replaces a torn record by complete ones that charge it, in one step, so that no crash can lose the charge.</summary>
    private void ChargeTornRecord()
    {
        var whole = File.ReadAllBytes(path).AsSpan(0, (int)History.Position.Length).ToArray();
        using var charged = new MemoryStream();
        charged.Write(whole);
        for (var group = 0; group < History.Header.Plan.Count; group++)
        {
            var (line, hash) = LedgerChain.Seal(History.Position.Hash, LedgerRecord.Write(History.Header, LedgerEntry.Torn(group)));
            charged.Write(line);
            History.Add(LedgerEntry.Torn(group), new LedgerPosition(History.Position.Length + line.Length, hash));
        }
        stream.Dispose();
        AtomicFile.Write(path, file => charged.WriteTo(file));
        stream = OpenForAppending();
    }

    private FileStream OpenForAppending()
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        return file;
    }

    private static PrivacyLedger UnderLock(string folder, Func<string, FolderLock, PrivacyLedger> open)
    {
        var folderLock = FolderLock.Take(folder);
        try
        {
            return open(Path.Combine(folder, FileName), folderLock);
        }
        catch (Exception e)
        {
            folderLock.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new BadInputException($"{Path.Combine(folder, FileName)}: cannot be read and written: {e.Message}", e);
            throw;
        }
    }
}

namespace LmoDp.Training.Ledger;

/// <summary>
/// What a ledger says was released. Reading checks every record against the chain. An unfinished last record (a crash tore it) counts as spent; a fault
/// anywhere else is refused, because then nobody knows what else is missing.
/// </summary>
public sealed class LedgerHistory
{
    private const int LargestFile = 1 << 30;
    private readonly List<LedgerEntry> entries = [];
    private readonly List<ReleasedSums> trajectory = [];
    private readonly Dictionary<long, string> hashes = [];
    private readonly Dictionary<int, int> drawsOf = [];

    private LedgerHistory(LedgerHeader header, LedgerPosition position)
    {
        Header = header;
        Beginning = position;
        Move(position);
    }

    /// <summary>The run and its plan.</summary>
    public LedgerHeader Header { get; }

    /// <summary>The end of the header: where a run stands before its first release.</summary>
    public LedgerPosition Beginning { get; }

    /// <summary>The complete records of releases, in order.</summary>
    public IReadOnlyList<LedgerEntry> Entries => entries;

    /// <summary>What steps 0, 1, ... have released on the way to where the run stands; empty for a run that does not keep it. A step made anew replaces the one before it and all after that.</summary>
    public IReadOnlyList<ReleasedSums> Trajectory => trajectory;

    /// <summary>The end of the last complete record.</summary>
    public LedgerPosition Position { get; private set; }

    /// <summary>The bytes of an unfinished last record; empty where there is none.</summary>
    internal ReadOnlyMemory<byte> TornTail { get; private set; }

    /// <summary>Whether a crash tore the last record. It is charged once in every group of the plan, as nobody knows which it was to be.</summary>
    public bool IsTorn => !TornTail.IsEmpty;

    /// <summary>Draws charged so far under a group of the plan, a torn last record included.</summary>
    public int Spent(int group) => drawsOf.GetValueOrDefault(group) + (IsTorn ? 1 : 0);

    /// <summary>Reads the ledger of a run folder without opening it for appending.</summary>
    /// <param name="folder">The run folder.</param>
    /// <exception cref="BadInputException">There is no ledger, or it is damaged.</exception>
    public static LedgerHistory Read(string folder)
    {
        var path = Path.Combine(folder, PrivacyLedger.FileName);
        return File.Exists(path) ? Parse(BoundedFile.Read(path, LargestFile), path) : throw new BadInputException($"{path}: no such file: this folder holds no private run");
    }

    /// <summary>Reads a ledger's bytes.</summary>
    /// <param name="bytes">The file's content.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="BadInputException">The ledger is damaged.</exception>
    internal static LedgerHistory Parse(byte[] bytes, string name)
    {
        LedgerHistory? history = null;
        var position = new LedgerPosition(0, LedgerChain.Start);
        while (position.Length < bytes.Length)
        {
            var rest = bytes.AsSpan((int)position.Length);
            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
                break;
            if (!LedgerChain.TryOpen(position.Hash, rest[..end], out var record, out var hash))
                throw Damage(name, position.Length, "a record does not match its checksum or the record before it");
            position = new LedgerPosition(position.Length + end + 1, hash);
            try
            {
                switch (history is null ? LedgerRecord.ReadHeader(record) : LedgerRecord.ReadNext(history.Header, record))
                {
                    case LedgerHeader header:
                        history = new LedgerHistory(header, position);
                        break;
                    case LedgerEntry entry:
                        history!.Add(entry, position);
                        break;
                    case ReleasedSums released:
                        history!.Add(released, position);
                        break;
                }
            }
            catch (FormatException e)
            {
                throw Damage(name, position.Length, e.Message);
            }
        }
        if (history is null)
            throw Damage(name, 0, "its first record is not complete");
        history.TornTail = bytes.AsMemory((int)position.Length);
        return LedgerChain.MayBeTorn(history.TornTail.Span) ? history : throw Damage(name, position.Length, "two records run into one another");
    }

    /// <summary>Refuses a ledger that does not continue the one that a checkpoint, or the run key, has seen.</summary>
    /// <param name="seen">The place that was seen.</param>
    /// <param name="witness">Who saw it, for the message.</param>
    /// <exception cref="BadInputException">The ledger is shorter, or another one.</exception>
    public void RequireContinues(LedgerPosition seen, string witness)
    {
        if (!hashes.TryGetValue(seen.Length, out var hash) || hash != seen.Hash)
            throw new BadInputException($"the privacy ledger is not the one that {witness} has seen (it is older, cut back or exchanged): restore the newest copy of the run folder, or start a new run, whose cost adds to this one's");
    }

    /// <summary>A history that holds the header only.</summary>
    internal static LedgerHistory Begin(LedgerHeader header, LedgerPosition position) => new(header, position);

    /// <summary>Takes in a record that now ends the ledger.</summary>
    internal void Add(LedgerEntry entry, LedgerPosition position)
    {
        entries.Add(entry);
        drawsOf[entry.Group] = drawsOf.GetValueOrDefault(entry.Group) + 1;
        TornTail = default;
        Move(position);
    }

    /// <summary>Takes in what an entry has released: mostly the last one, but a step made again may come out as an earlier attempt did.</summary>
    /// <exception cref="FormatException">It is of no entry, or of a step that does not follow.</exception>
    internal void Add(ReleasedSums released, LedgerPosition position)
    {
        if (entries.FindLast(entry => !entry.IsTorn && (entry.Step, entry.Attempt) == (released.Step, released.Attempt)) is not { } charged
            || released.Step > trajectory.Count || released.Sums.Count != Header.SumsOf(charged.Group))
            throw new FormatException("sums that belong to no release before them");
        trajectory.RemoveRange(released.Step, trajectory.Count - released.Step);
        trajectory.Add(released);
        TornTail = default;
        Move(position);
    }

    private void Move(LedgerPosition position)
    {
        Position = position;
        hashes[position.Length] = position.Hash;
    }

    private static BadInputException Damage(string name, long offset, string what)
        => new(FormattableString.Invariant($"{name} is damaged at or before byte {offset}: {what}; what was released cannot be told any more: restore the file, or start a new run"));
}

using System.Security.Cryptography;
using System.Text.Json;

namespace LmoDp.Training.Ledger;

/// <summary>A secret run key, kept in a file that only its owner can read (<see cref="RunKeyStore"/>).</summary>
internal sealed class StoredRunKey : RunKey
{
    private readonly FolderLock folderLock;
    private readonly OwnerOnlyFile file;
    private readonly byte[] key;
    private LedgerPosition? seen;
    private int epoch;

    private StoredRunKey(FolderLock folderLock, OwnerOnlyFile file, byte[] key, int epoch, LedgerPosition? seen)
    {
        (this.folderLock, this.file, this.key, this.epoch, this.seen) = (folderLock, file, key, epoch, seen);
    }

    public override bool IsPrivate => true;

    public override int Epoch => epoch;

    private protected override ReadOnlySpan<byte> Present => key;

    /// <summary>Makes a new key and stores it.</summary>
    /// <param name="folderLock">Keeps the key for one process; let go with the key.</param>
    /// <param name="file">Where the key is stored.</param>
    public static StoredRunKey Create(FolderLock folderLock, OwnerOnlyFile file)
    {
        var made = new StoredRunKey(folderLock, file, RandomNumberGenerator.GetBytes(Length), 0, null);
        made.Store();
        return made;
    }

    /// <summary>Reads a stored key.</summary>
    /// <param name="folderLock">Keeps the key for one process; let go with the key.</param>
    /// <param name="file">Where the key is stored.</param>
    /// <exception cref="BadInputException">It is missing or damaged, or others can read it.</exception>
    public static StoredRunKey Open(FolderLock folderLock, OwnerOnlyFile file)
    {
        var bytes = file.Read();
        try
        {
            var content = JsonSerializer.Deserialize<Content>(bytes) ?? throw new JsonException();
            var key = Convert.FromHexString(content.Key);
            if (key.Length != Length || content.Epoch < 0 || (content.LedgerLength is null) != (content.LedgerHash is null))
                throw new FormatException();
            LedgerPosition? seen = content.LedgerLength is { } length ? new LedgerPosition(length, content.LedgerHash!) : null;
            return new StoredRunKey(folderLock, file, key, content.Epoch, seen);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentNullException)
        {
            throw new BadInputException($"{file.Path}: the run key is damaged: the run cannot go on; a new run's cost adds to this one's", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public override void Ratchet(LedgerPosition ledger)
    {
        HMACSHA256.HashData(key, "lmodp ratchet 1"u8, key);
        epoch++;
        seen = ledger;
        Store();
    }

    public override bool Resume(int checkpointEpoch, LedgerPosition checkpointLedger, LedgerHistory ledger)
    {
        if (seen is { } position)
            ledger.RequireContinues(position, "the run key");
        if (checkpointEpoch == epoch + 1)
            Ratchet(checkpointLedger);
        if (checkpointEpoch > epoch)
            throw new BadInputException($"the run key is older than the checkpoint (epoch {epoch} against {checkpointEpoch}): it is a copy from another time, and the run cannot go on with it");
        return checkpointEpoch == epoch;
    }

    public override void Erase()
    {
        CryptographicOperations.ZeroMemory(key);
        file.Erase();
        folderLock.Remove();
    }

    public override void Dispose()
    {
        CryptographicOperations.ZeroMemory(key);
        folderLock.Dispose();
        base.Dispose();
    }

    private void Store()
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(new Content(Convert.ToHexStringLower(key), epoch, seen?.Length, seen?.Hash));
        file.Replace(bytes);
        CryptographicOperations.ZeroMemory(bytes);
    }

    private sealed record Content(string Key, int Epoch, long? LedgerLength, string? LedgerHash);
}

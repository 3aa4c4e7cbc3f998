using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace LmoDp.Training.Ledger;

/// <summary>
/// The secret that all randomness of a run comes from. The keys of a step's draw and noise are derived from it and a digest of everything that determines them,
/// so that the same step made again has the same randomness, and any other has randomness of its own: the same noise never covers two different sums.
/// <para>
/// The key lives in epochs. A checkpoint names the epoch of the steps after it and is made durable first; then the key is ratcheted one epoch forward by a
/// one-way function, and what preceded it cannot be computed any more. A crash between the two leaves the key one epoch behind its checkpoint, and
/// <see cref="Resume"/> catches up. A key that is ahead belongs to an older checkpoint: the steps after it cannot be made again bit by bit, only anew, and are charged anew.
/// </para>
/// </summary>
public abstract class RunKey : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int Length = 32;

    /// <summary>Whether the key is secret. Noise from a key that anybody can compute protects nothing.</summary>
    public abstract bool IsPrivate { get; }

    /// <summary>How often the key was ratcheted.</summary>
    public abstract int Epoch { get; }

    /// <summary>The key of the present epoch, <see cref="Length"/> bytes.</summary>
    private protected abstract ReadOnlySpan<byte> Present { get; }

    /// <summary>A key or tag for one purpose: HMAC-SHA-256 under the present key of the purpose and the digests.</summary>
    /// <param name="purpose">What it is for; different purposes have unrelated results.</param>
    /// <param name="digest">What it depends on.</param>
    /// <returns><see cref="Length"/> bytes.</returns>
    public byte[] Derive(string purpose, ReadOnlySpan<byte> digest)
    {
        var label = Encoding.UTF8.GetBytes(purpose);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, label.Length);
        return HMACSHA256.HashData(Present, [.. length, .. label, .. digest]);
    }

    /// <summary>Moves to the next epoch for good. To be called after a checkpoint that names that epoch is durable.</summary>
    /// <param name="ledger">The ledger's end in that checkpoint: an older copy of the run folder is recognised by it.</param>
    public abstract void Ratchet(LedgerPosition ledger);

    /// <summary>Makes the key fit the checkpoint that a run goes on from.</summary>
    /// <param name="checkpointEpoch">The epoch that the checkpoint names.</param>
    /// <param name="checkpointLedger">The ledger's end in the checkpoint.</param>
    /// <param name="ledger">The ledger of the run folder.</param>
    /// <returns>True where steps made after the checkpoint can be made again bit by bit, free of charge; false where the key is ahead of the checkpoint, so that
    /// they are charged anew (or refused) if they are made again.</returns>
    /// <exception cref="BadInputException">The key is of another time than the checkpoint and the ledger.</exception>
    public abstract bool Resume(int checkpointEpoch, LedgerPosition checkpointLedger, LedgerHistory ledger);

    /// <summary>Destroys the key at the end of the run.</summary>
    public abstract void Erase();

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);
}

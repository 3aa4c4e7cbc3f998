using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LmoDp.Training.Ledger;

/// <summary>
/// A key that everybody can compute, for tests and comparisons: the run is reproducible bit by bit, however often it was interrupted, and it is not private.
/// The ledger and the run record say so. It does not change with the epoch, so that when checkpoints were written makes no difference.
/// </summary>
public sealed class SeededKey(long seed) : RunKey
{
    private readonly byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes("lmodp not private: seeded " + seed.ToString(CultureInfo.InvariantCulture)));
    private int epoch;

    /// <inheritdoc/>
    public override bool IsPrivate => false;

    /// <inheritdoc/>
    public override int Epoch => epoch;

    /// <inheritdoc/>
    private protected override ReadOnlySpan<byte> Present => key;

    /// <inheritdoc/>
    public override void Ratchet(LedgerPosition ledger) => epoch++;

    /// <inheritdoc/>
    public override bool Resume(int checkpointEpoch, LedgerPosition checkpointLedger, LedgerHistory ledger)
    {
        epoch = checkpointEpoch;
        return true;
    }

    /// <inheritdoc/>
    public override void Erase()
    {
    }
}

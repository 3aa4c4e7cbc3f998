using LmoDp.Privacy.Accounting;
using LmoDp.Training.FirstOrder;
using LmoDp.Training.Ledger;

namespace LmoDp.Training.Runs;

/// <summary>A private run's ledger and key, opened together and kept in step with its checkpoints.</summary>
public sealed class PrivateSession : IDisposable
{
    private readonly PrivacyLedger ledger;
    private readonly RunKey key;

    private PrivateSession(PrivacyLedger ledger, RunKey key)
    {
        (this.ledger, this.key) = (ledger, key);
        Gate = new ReleaseGate(ledger, key, ReleaseBudget.ForSchedule(ledger.History.Header.Plan));
    }

    /// <summary>The only way to the run's randomness.</summary>
    public ReleaseGate Gate { get; }

    /// <summary>What the run has released.</summary>
    public LedgerHistory History => ledger.History;

    /// <summary>Begins a run: its plan stands in the ledger before anything is computed from private data.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="plan">The schedule.</param>
    /// <param name="seed">Replaces the secret key; the run is then not private.</param>
    /// <param name="keys">Where secret keys live.</param>
    public static PrivateSession Begin(RunFolder folder, PrivacyPlan plan, long? seed, RunKeyStore keys)
    {
        var run = LedgerHeader.NewRun();
        var terms = new ReleaseTerms(plan.Release.Noise.ToString(), plan.Release is ScalarRelease ? ReleaseKind.Scalar : ReleaseKind.Vector, plan.Sensitivity, plan.SamplingRate);
        RunKey key = seed is { } known ? new SeededKey(known) : keys.Create(run);
        var ledger = PrivacyLedger.Create(folder.Inner, new LedgerHeader(run, key.IsPrivate, [new PlannedDraws(terms, checked((int)plan.Steps))]));
        return new PrivateSession(ledger, key);
    }

    /// <summary>Goes on with a run. Steps made after the checkpoint are made again, bit by bit where that can be.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="checkpoint">Where it stands; null if it never came to a checkpoint.</param>
    /// <param name="seed">As the run was begun.</param>
    /// <param name="keys">Where secret keys live.</param>
    /// <exception cref="BadInputException">Ledger, checkpoint and key do not belong together.</exception>
    public static PrivateSession Resume(RunFolder folder, Checkpoint? checkpoint, long? seed, RunKeyStore keys)
    {
        var ledger = PrivacyLedger.Open(folder.Inner, checkpoint?.Ledger);
        try
        {
            RunKey key = seed is { } known ? new SeededKey(known) : keys.Open(ledger.History.Header.Run);
            if (checkpoint is { Ledger: { } position })
                key.Resume(checkpoint.KeyEpoch, position, ledger.History);
            return new PrivateSession(ledger, key);
        }
        catch
        {
            ledger.Dispose();
            throw;
        }
    }

    /// <summary>Makes the state durable, then forgets the key of the steps before it.</summary>
    public void Checkpoint(RunFolder folder, TrainingState state, int step)
    {
        var position = ledger.History.Position;
        new Checkpoint(step, key.Epoch + 1, position).Write(folder.Inner, state);
        key.Ratchet(position);
    }

    /// <summary>Destroys the key: from now on nobody can repeat a step, or undo its noise.</summary>
    public void EraseKey() => key.Erase();

    /// <inheritdoc/>
    public void Dispose()
    {
        ledger.Dispose();
        key.Dispose();
    }
}

using LmoDp.Privacy.Accounting;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using static TorchSharp.torch;

namespace LmoDp.Training.Runs;

/// <summary>A private run's ledger and key, opened together and kept in step with its checkpoints.</summary>
public sealed class PrivateSession : IDisposable
{
    private readonly PrivacyLedger ledger;
    private readonly RunKey key;

    private PrivateSession(PrivacyLedger ledger, RunKey key, bool repeatsAreFree)
    {
        (this.ledger, this.key, RepeatsAreFree) = (ledger, key, repeatsAreFree);
        Gate = new ReleaseGate(ledger, key, ReleaseBudget.ForSchedule(ledger.History.Header.Plan));
    }

    /// <summary>The only way to the run's randomness.</summary>
    public ReleaseGate Gate { get; }

    /// <summary>What the run has released.</summary>
    public LedgerHistory History => ledger.History;

    /// <summary>
    /// Whether steps made after the checkpoint can be made again bit by bit, at no cost. False where the key has moved on since (an older checkpoint was put
    /// back, or the checkpoint is gone): then they are charged again, and the run ends as many steps before the end of its schedule.
    /// </summary>
    public bool RepeatsAreFree { get; }

    /// <summary>Begins a run: its plan stands in the ledger before anything is computed from private data.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="plan">The schedule.</param>
    /// <param name="seed">Replaces the secret key; the run is then not private.</param>
    /// <param name="keys">Where secret keys live.</param>
    /// <param name="settings">What the ledger is to keep for a replay, by name; null where it keeps no releases.</param>
    /// <exception cref="BadInputException">Ledger or key cannot be written; then neither is left behind.</exception>
    public static PrivateSession Begin(RunFolder folder, PrivacyPlan plan, long? seed, RunKeyStore keys, IReadOnlyDictionary<string, string>? settings = null)
    {
        var run = LedgerHeader.NewRun();
        RunKey key = seed is { } known ? new SeededKey(known) : keys.Create(run);
        PrivacyLedger? ledger = null;
        try
        {
            ledger = PrivacyLedger.Create(folder.Inner, new LedgerHeader(run, key.IsPrivate, [Draws(plan)], settings));
            return new PrivateSession(ledger, key, repeatsAreFree: true);
        }
        catch
        {
            ledger?.Dispose();
            key.Erase();
            key.Dispose();
            throw;
        }
    }

    /// <summary>Goes on with a run. Steps made after the checkpoint are made again, bit by bit where that can be.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="checkpoint">Where it stands; null if it never came to a checkpoint.</param>
    /// <param name="plan">The schedule, as the run was begun.</param>
    /// <param name="seed">As the run was begun.</param>
    /// <param name="keys">Where secret keys live.</param>
    /// <exception cref="BadInputException">Ledger, checkpoint, plan and key do not belong together.</exception>
    public static PrivateSession Resume(RunFolder folder, Checkpoint? checkpoint, PrivacyPlan plan, long? seed, RunKeyStore keys)
    {
        if (checkpoint is { Ledger: null })
            throw new BadInputException($"the checkpoint in '{folder.Path}' is of a run without privacy");
        var ledger = PrivacyLedger.Open(folder.Inner, checkpoint?.Ledger);
        RunKey? key = null;
        try
        {
            var history = ledger.History;
            if (!history.Header.Plan.SequenceEqual([Draws(plan)]))
                throw new BadInputException($"the privacy ledger in '{folder.Path}' is of another plan: noise, sensitivity, sampling rate and steps must be those that it charges");
            key = seed is { } known ? new SeededKey(known) : keys.Open(history.Header.Run);
            var repeatsAreFree = key.Resume(checkpoint?.KeyEpoch ?? 0, checkpoint?.Ledger ?? history.Beginning, history);
            return new PrivateSession(ledger, key, repeatsAreFree);
        }
        catch
        {
            key?.Dispose();
            ledger.Dispose();
            throw;
        }
    }

    /// <summary>Makes the state durable, then forgets the key of the steps before it.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="tensors">What the run goes on from, beside the ledger.</param>
    /// <param name="step">Steps done.</param>
    public void Checkpoint(RunFolder folder, IReadOnlyDictionary<string, Tensor> tensors, int step)
    {
        ledger.Flush();
        var position = ledger.History.Position;
        new Checkpoint(step, key.Epoch + 1, position).Write(folder.Inner, tensors);
        key.Ratchet(position);
    }

    /// <summary>Destroys what a process that was killed at the very end left behind: the key and the checkpoint of a run whose record is there.</summary>
    public static void FinishEnding(RunFolder folder, RunKeyStore keys)
    {
        if (File.Exists(Path.Combine(folder.Inner, PrivacyLedger.FileName)))
            keys.Erase(LedgerHistory.Read(folder.Inner).Header.Run);
        folder.DeleteCheckpoint();
    }

    /// <summary>Destroys the key: from now on nobody can repeat a step, or undo its noise.</summary>
    public void EraseKey() => key.Erase();

    /// <inheritdoc/>
    public void Dispose()
    {
        ledger.Dispose();
        key.Dispose();
    }

    private static PlannedDraws Draws(PrivacyPlan plan)
        => new(new ReleaseTerms(plan.Release.Noise.ToString(), plan.Release.Kind, plan.Sensitivity, plan.SamplingRate, plan.Step.PerDraw), checked((int)plan.Steps));
}

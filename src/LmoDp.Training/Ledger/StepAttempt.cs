using LmoDp.Privacy.Sampling;

namespace LmoDp.Training.Ledger;

/// <summary>A step that has begun (<see cref="ReleaseGate.Begin"/>).</summary>
public sealed class StepAttempt
{
    private readonly RunKey key;

    internal StepAttempt(int group, int step, int number, LedgerEntry? recorded, string state, byte[] digest, RunKey key)
    {
        (Group, Step, Number, Recorded, State, Digest, this.key) = (group, step, number, recorded, state, digest, key);
    }

    /// <summary>The group of the plan.</summary>
    public int Group { get; }

    /// <summary>The step, from 0.</summary>
    public int Step { get; }

    /// <summary>The attempt, from 1.</summary>
    public int Number { get; }

    /// <summary>The ledger's entry of this attempt, where the step is made again from the same state.</summary>
    internal LedgerEntry? Recorded { get; }

    /// <summary>Keyed digest of the state.</summary>
    internal string State { get; }

    /// <summary>Digest of state and attempt.</summary>
    internal byte[] Digest { get; }

    /// <summary>The source of the draw. It does not depend on what will be drawn. The same at each call.</summary>
    public AesCtrRandomSource OpenDraw() => new(key.Derive("draw", Digest));
}

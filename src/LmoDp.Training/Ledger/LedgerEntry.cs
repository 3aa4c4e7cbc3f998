namespace LmoDp.Training.Ledger;

/// <summary>One draw that was, or may have been, released.</summary>
/// <param name="Group">Which group of the plan it was made under.</param>
/// <param name="Step">The training step, from 0.</param>
/// <param name="Attempt">1 for the first time that the step is made, more where it was made anew with fresh randomness.</param>
/// <param name="State">Keyed digest of the state that the step was made from, 64 hexadecimal digits.</param>
/// <param name="Release">Keyed digest of what was released: the state and the exact bits of the sum, 64 hexadecimal digits.</param>
public sealed record LedgerEntry(int Group, int Step, int Attempt, string State, string Release)
{
    /// <summary>The step of an entry whose record was torn by a crash, so that its step is not known.</summary>
    public const int UnknownStep = -1;

    /// <summary>Whether the entry stands for a record that a crash tore. It is charged all the same.</summary>
    public bool IsTorn => Step == UnknownStep;

    /// <summary>The charge for a torn record that may have been of this group.</summary>
    public static LedgerEntry Torn(int group) => new(group, UnknownStep, 0, "", "");
}

/// <summary>
/// What a draw of scalars has released: public numbers, which with the base model determine the trained weights. They follow their <see cref="LedgerEntry"/> and cost nothing further.
/// </summary>
/// <param name="Step">The training step.</param>
/// <param name="Attempt">Its attempt.</param>
/// <param name="Sums">The noisy sums, in steps of the noise's lattice, one for each release of the draw.</param>
public sealed record ReleasedSums(int Step, int Attempt, IReadOnlyList<long> Sums);

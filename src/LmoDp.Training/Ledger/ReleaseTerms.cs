using System.Globalization;

namespace LmoDp.Training.Ledger;

/// <summary>Whether a release is one number or a vector. A guarantee for one is never one for the other.</summary>
public enum ReleaseKind
{
    /// <summary>One number, clipped to [-C, C] for each unit.</summary>
    Scalar,

    /// <summary>A vector, clipped to L2 norm C for each unit.</summary>
    Vector,
}

/// <summary>What one release costs: everything that its accounting depends on.</summary>
/// <param name="Noise">The noise law in its inline form, relative to sensitivity 1.</param>
/// <param name="Kind">Scalar or vector.</param>
/// <param name="Sensitivity">What the noise is scaled by: the clipping norm with its precision margin, C (1 + eta) &gt; 0.</param>
/// <param name="SamplingRate">The probability q, 0 &lt; q &lt;= 1, with which each unit takes part in a draw.</param>
/// <param name="PerDraw">Releases that are made from one draw.</param>
public sealed record ReleaseTerms(string Noise, ReleaseKind Kind, double Sensitivity, double SamplingRate, int PerDraw = 1);

/// <summary>Draws of one kind that a run's schedule holds, fixed before its start.</summary>
/// <param name="Terms">What each draw releases.</param>
/// <param name="Draws">How many draws (steps) the schedule holds.</param>
public sealed record PlannedDraws(ReleaseTerms Terms, int Draws);

/// <summary>The first record of a ledger: which run it belongs to and what was planned.</summary>
/// <param name="Run">The run's name: 32 hexadecimal digits, random.</param>
/// <param name="IsPrivate">False where a seed replaced the run key, so that whoever knows the seed can subtract the noise.</param>
/// <param name="Plan">The schedule; at least one group.</param>
/// <param name="Settings">What the run can be replayed with, by name; null for a run that does not keep what it released.</param>
public sealed record LedgerHeader(string Run, bool IsPrivate, IReadOnlyList<PlannedDraws> Plan, IReadOnlyDictionary<string, string>? Settings = null)
{
    /// <summary>How many sums a draw of a group has released, where they are kept: its scalars, or the coordinates of its vector, one for each direction.</summary>
    /// <exception cref="FormatException">The settings do not say it.</exception>
    internal int SumsOf(int group) => Plan[group].Terms is { Kind: ReleaseKind.Scalar } scalars
        ? scalars.PerDraw
        : int.TryParse(Settings?.GetValueOrDefault("directions"), CultureInfo.InvariantCulture, out var directions) ? directions : throw new FormatException("sums of a vector whose length is not known");

    /// <summary>A fresh random name for a run.</summary>
    public static string NewRun() => Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
}

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

/// <summary>A place in a ledger. A checkpoint keeps it, so that a ledger that was cut back or exchanged is recognised.</summary>
/// <param name="Length">Bytes up to the place.</param>
/// <param name="Hash">The chain's hash at the place, 64 hexadecimal digits.</param>
public readonly record struct LedgerPosition(long Length, string Hash);

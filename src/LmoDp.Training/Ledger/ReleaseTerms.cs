using LmoDp.Privacy.Accounting;

namespace LmoDp.Training.Ledger;

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

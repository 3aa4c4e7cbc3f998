using LmoDp.Privacy.Accounting;
using LmoDp.Training.Record;

namespace LmoDp.Training.Runs;

/// <summary>What a run has come to.</summary>
/// <param name="Plan">The schedule and what it proves; null for a run without privacy.</param>
/// <param name="Record">The record that lies in the output folder.</param>
/// <param name="SamplingRate">The probability with which a unit took part in a step.</param>
/// <param name="TrainedParameters">How many numbers were trained.</param>
public sealed record FinetuneResult(PrivacyPlan? Plan, RunRecord Record, double SamplingRate, long TrainedParameters);

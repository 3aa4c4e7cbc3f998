using LmoDp.Models.Encoders;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Data;
using LmoDp.Training.Ledger;

namespace LmoDp.Training.Runs;

/// <summary>What a run has come to.</summary>
/// <param name="Settings">What was asked.</param>
/// <param name="Plan">The schedule and what it proves; null for a run without privacy.</param>
/// <param name="Data">The training rows.</param>
/// <param name="Model">Sizes of the model.</param>
/// <param name="TrainedNames">Names of the trained parameters.</param>
/// <param name="TrainedParameters">How many numbers were trained.</param>
/// <param name="Steps">Steps done.</param>
/// <param name="Ledger">What was released; null for a run without privacy.</param>
/// <param name="Metrics">By name, on the evaluation sets.</param>
/// <param name="Elapsed">Of this process.</param>
public sealed record FinetuneResult(
    FinetuneSettings Settings,
    PrivacyPlan? Plan,
    TextDataset Data,
    EncoderConfig Model,
    IReadOnlyList<string> TrainedNames,
    long TrainedParameters,
    int Steps,
    LedgerHistory? Ledger,
    IReadOnlyDictionary<string, double> Metrics,
    TimeSpan Elapsed);

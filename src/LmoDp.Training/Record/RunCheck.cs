using System.Text.Json.Serialization;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;

namespace LmoDp.Training.Record;

/// <summary>
/// Recomputes a run's guarantee from its ledger alone, and compares it with what the run states: with each figure that the ledger knows, and the files of the record with one another.
/// It finds mistakes, damage and a record that was embellished, not a forger: the ledger's chain of hashes has no key, so whoever shortens it and changes all files of the record to fit is not found.
/// The weights are compared with the digests in the statement. What only the record knows, such as the number of rows or what was not covered, it cannot check.
/// </summary>
/// <param name="Delta">The delta of <paramref name="Epsilon"/>.</param>
/// <param name="Epsilon">Bounds on epsilon of what the ledger holds, or plans, whichever is more.</param>
/// <param name="Accountant">Which accountant.</param>
/// <param name="IsPrivate">Whether the run's randomness was secret.</param>
/// <param name="Releases">Releases that the ledger charges: all those of each draw.</param>
/// <param name="Planned">Releases that were planned.</param>
/// <param name="Stated">What the run states; null where it has not ended.</param>
/// <param name="Disagreements">Where record and ledger disagree, one line each; empty where they agree.</param>
public sealed record RunCheck(
    double Delta, Bounds Epsilon, AccountantKind Accountant, bool IsPrivate, long Releases, long Planned, DpStatement? Stated, IReadOnlyList<string> Disagreements)
{
    private const double Rounding = 1e-9; // relative, between two builds of the accountant's floating point
    private const double LargestMargin = 0.05; // of the sensitivity over the clipping norm

    /// <summary>Whether the record holds as far as the ledger knows.</summary>
    [JsonIgnore]
    public bool Ok => Disagreements.Count == 0;

    /// <summary>Checks a run.</summary>
    /// <param name="folder">The output folder of the run.</param>
    /// <param name="delta">The delta to account at; null for the statement's, at which both are compared in any case.</param>
    /// <exception cref="BadInputException">There is no private run, its ledger or record is damaged, or no delta is known.</exception>
    public static RunCheck Of(string folder, double? delta = null)
    {
        var ledger = LedgerHistory.Read(RunFolder.InnerOf(folder));
        var record = RunRecord.Read(folder);
        var at = delta ?? record?.Privacy?.Delta ?? throw new BadInputException($"{folder}: the run has stated nothing yet, so its delta is not known: give --delta");
        var reported = ledger.Reported();
        var accountant = Accountants.ForComposition(reported);
        return new RunCheck(at, Account(accountant, reported, at), accountant, ledger.Header.IsPrivate, ledger.Header.Plan.Select((planned, group) => (long)ledger.Spent(group) * planned.Terms.PerDraw).Sum(),
            ledger.Header.Plan.Sum(planned => (long)planned.Draws * planned.Terms.PerDraw), record?.Privacy, record is null ? [] : [.. Differing(folder, record), .. Compare(record.Privacy, ledger, reported, accountant)]);
    }

    private static Bounds Account(AccountantKind accountant, Composition reported, double delta) => Accountants.Epsilon(accountant, reported, delta, Calibration.CertificateWidth);

    /// <summary>The files of the record that are not what the record makes of itself.</summary>
    private static IEnumerable<string> Differing(string folder, RunRecord record)
    {
        foreach (var (name, content) in record.Files())
        {
            var path = Path.Combine(folder, name);
            if (!File.Exists(path))
                yield return $"{name} is missing";
            else if (BoundedFile.ReadText(path, RunRecord.LargestFile) != content)
                yield return $"{name} was changed: it is not what {RunRecord.FileName} says";
        }
        if (!ModelCard.Agrees(folder, record))
            yield return $"the section on privacy in {ModelCard.FileName} was changed: it is not what {RunRecord.FileName} says";
        if (record.Privacy?.WeightsSha256 is not { } stated)
            yield break;
        var found = WeightsIn(folder);
        foreach (var name in stated.Keys.Union(found.Keys).Order(StringComparer.Ordinal))
        {
            if (!found.TryGetValue(name, out var digest))
                yield return $"{name} is missing";
            else if (stated.GetValueOrDefault(name) != digest)
                yield return $"{name} is not the file that the statement is about";
        }
    }

    private static SortedDictionary<string, string> WeightsIn(string folder)
    {
        try
        {
            return DpStatement.WeightsIn(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{folder}: its weights cannot be read: {error.Message}", error);
        }
    }

    private static IEnumerable<string> Compare(DpStatement? statement, LedgerHistory ledger, Composition reported, AccountantKind accountant)
    {
        if (statement is null)
            return ["the record says that the run was not private, but there is a ledger"];
        if (ledger.Header.Plan.Count != 1)
            return [$"the ledger plans {ledger.Header.Plan.Count} kinds of releases, the statement knows one"];
        var (terms, planned) = ledger.Header.Plan[0];
        var epsilon = Account(accountant, reported, statement.Delta);
        var (law, torn) = (NoiseLawParser.ParseInline(terms.Noise), ledger.Entries.Count(entry => entry.IsTorn) + (ledger.IsTorn ? 1 : 0));
        var deviation = law.StandardDeviation * terms.Sensitivity;
        string?[] lines =
        [
            Difference("ledgerHash", statement.LedgerHash, ledger.Position.Hash),
            Difference("isPrivate", statement.IsPrivate, ledger.Header.IsPrivate),
            Difference("noise", statement.Noise, terms.Noise),
            Difference("release", statement.Release, terms.Kind.Name()),
            Difference("releasesPerDraw", statement.ReleasesPerDraw, terms.PerDraw),
            Difference("sensitivity", statement.Sensitivity, terms.Sensitivity),
            Difference("noiseStandardDeviation", statement.NoiseStandardDeviation, deviation),
            Difference("samplingRate", statement.SamplingRate, terms.SamplingRate),
            Difference("plannedSteps", statement.PlannedSteps, (long)planned),
            Difference("chargedReleases", statement.ChargedReleases, (long)ledger.Spent(0) * terms.PerDraw),
            accountant == AccountantKind.Rdp && statement.Accountant != accountant.Name() ? $"accountant: the statement says {statement.Accountant}, which proves nothing for such noise" : null,
            statement.Delta * statement.Units < 1 ? null : FormattableString.Invariant($"delta: {statement.Delta:R} is no less than 1/{statement.Units}, and so protects nobody"),
            Difference("tornRecords", statement.TornRecords, torn),
            statement.ClippingNorm <= terms.Sensitivity && terms.Sensitivity <= statement.ClippingNorm * (1 + LargestMargin) ? null
                : FormattableString.Invariant($"clippingNorm: the statement says {statement.ClippingNorm:R}, which the ledger's sensitivity, {terms.Sensitivity:R}, is no margin above"),
            // A figure between the bounds may be true, but nothing proves it. The run's certificate may be from other grids, whose upper bound differs by less than their width.
            statement.Epsilon * (1 + (terms.PerDraw > 1 ? PldAccountant.WidthOfReleases : Calibration.CertificateWidth)) >= epsilon.Upper ? null
                : FormattableString.Invariant($"the statement's epsilon, {statement.Epsilon:R}, is too small: the ledger's is at most {epsilon.Upper:R}{(accountant == AccountantKind.Pld ? FormattableString.Invariant($", at least {epsilon.Lower:R}") : "")}"),
            statement.EpsilonLower is not { } lower || lower <= epsilon.Upper * (1 + Rounding) ? null
                : FormattableString.Invariant($"the statement's lower bound, {lower:R}, is too large: the ledger's epsilon is at most {epsilon.Upper:R}"),
        ];
        return lines.OfType<string>();
    }

    private static string? Difference<T>(string name, T stated, T held) where T : notnull
        => stated.Equals(held) ? null : FormattableString.Invariant($"{name}: the statement says {stated}, the ledger {held}");
}

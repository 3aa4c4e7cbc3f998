using System.Text.Json;
using System.Text.Json.Serialization;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;

namespace LmoDp.Training.Record;

/// <summary>
/// Recomputes a run's guarantee from its ledger alone, and compares it with what <c>dp_statement.json</c> says. It trusts the ledger (whose chain of hashes shows damage, not a forger
/// who writes a whole new one) and the accountant; nothing else of the statement.
/// </summary>
/// <param name="Delta">The delta of the figures.</param>
/// <param name="Epsilon">Bounds on epsilon of what the ledger holds, or plans, whichever is more.</param>
/// <param name="Accountant">Which accountant.</param>
/// <param name="IsPrivate">Whether the run's randomness was secret.</param>
/// <param name="Releases">Releases that the ledger charges.</param>
/// <param name="Planned">Releases that were planned.</param>
/// <param name="StatedEpsilon">What the statement says; null where the run has not made one yet.</param>
/// <param name="Disagreements">Where statement and ledger disagree, one line each; empty where they agree.</param>
public sealed record RunCheck(
    double Delta, Bounds Epsilon, AccountantKind Accountant, bool IsPrivate, int Releases, int Planned, double? StatedEpsilon, IReadOnlyList<string> Disagreements)
{
    private const double Rounding = 1e-9; // relative, between two builds of the accountant's floating point

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Whether the statement holds as far as the ledger knows.</summary>
    [JsonIgnore]
    public bool Ok => Disagreements.Count == 0;

    /// <summary>Checks a run.</summary>
    /// <param name="folder">The output folder of the run.</param>
    /// <param name="delta">The delta to account at; null for the statement's.</param>
    /// <exception cref="BadInputException">There is no private run, its ledger or statement is damaged, or no delta is known.</exception>
    public static RunCheck Of(string folder, double? delta = null)
    {
        var ledger = LedgerHistory.Read(RunFolder.InnerOf(folder));
        var statement = Statement(Path.Combine(folder, DpStatement.FileName));
        var at = delta ?? statement?.Delta
            ?? throw new BadInputException($"{folder}: the run has made no statement yet, so its delta is not known: give --delta");
        var reported = ledger.Reported();
        var accountant = Accountants.ForComposition(reported);
        var epsilon = Accountants.Epsilon(accountant, reported, at, Calibration.CertificateWidth);
        return new RunCheck(at, epsilon, accountant, ledger.Header.IsPrivate, ledger.Header.Plan.Select((_, group) => ledger.Spent(group)).Sum(),
            ledger.Header.Plan.Sum(planned => planned.Draws), statement?.Epsilon, statement is null ? [] : [.. Compare(statement, ledger, epsilon, at)]);
    }

    private static IEnumerable<string> Compare(Stated statement, LedgerHistory ledger, Bounds epsilon, double delta)
    {
        var (planned, terms) = (ledger.Header.Plan[0].Draws, ledger.Header.Plan[0].Terms);
        if (ledger.Header.Plan.Count != 1)
            yield return $"the ledger plans {ledger.Header.Plan.Count} kinds of releases, the statement knows one";
        foreach (var line in new[]
        {
            Difference("isPrivate", statement.IsPrivate, ledger.Header.IsPrivate),
            Difference("noise", statement.Noise, terms.Noise),
            Difference("release", statement.Release, terms.Kind == ReleaseKind.Scalar ? "scalar" : "vector"),
            Difference("releasesPerDraw", statement.ReleasesPerDraw, terms.PerDraw),
            Difference("sensitivity", statement.Sensitivity, terms.Sensitivity),
            Difference("samplingRate", statement.SamplingRate, terms.SamplingRate),
            Difference("plannedSteps", statement.PlannedSteps, (long)planned),
            Difference("chargedReleases", statement.ChargedReleases, (long)ledger.Spent(0)),
        })
        {
            if (line is not null)
                yield return line;
        }
        if (delta == statement.Delta && !(epsilon.Lower <= statement.Epsilon * (1 + Rounding)))
            yield return FormattableString.Invariant($"the statement's epsilon, {statement.Epsilon:R}, is too small: what the ledger holds has at least {epsilon.Lower:R}");
        else if (delta == statement.Delta && statement.EpsilonLower is { } lower && !(lower <= epsilon.Upper * (1 + Rounding)))
            yield return FormattableString.Invariant($"the statement's lower bound, {lower:R}, is too large: what the ledger holds has at most {epsilon.Upper:R}");
    }

    private static string? Difference<T>(string name, T stated, T held) where T : notnull
        => stated.Equals(held) ? null : FormattableString.Invariant($"{name}: the statement says {stated}, the ledger {held}");

    private static Stated? Statement(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<Stated>(File.ReadAllText(path), Json) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new BadInputException($"{path}: not a statement of a run");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The figures of a <see cref="DpStatement"/> that a ledger knows too.</summary>
    private sealed record Stated
    {
        public required bool IsPrivate { get; init; }
        public required double Epsilon { get; init; }
        public required double? EpsilonLower { get; init; }
        public required double Delta { get; init; }
        public required double SamplingRate { get; init; }
        public required long PlannedSteps { get; init; }
        public required long ChargedReleases { get; init; }
        public required double Sensitivity { get; init; }
        public required string Noise { get; init; }
        public required string Release { get; init; }
        public int ReleasesPerDraw { get; init; } = 1;
    }
}

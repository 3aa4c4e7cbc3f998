using System.Security.Cryptography;
using System.Text.Json.Serialization;
using LmoDp.Models.Adapters;
using LmoDp.Privacy.Accounting;
using LmoDp.Training.Ledger;

namespace LmoDp.Training.Record;

/// <summary>
/// What is guaranteed, to whom and under which assumptions, in the terms that NIST SP 800-226 asks for. It lies beside the weights as
/// <c>dp_statement.json</c>. Every figure is public.
/// </summary>
public sealed record DpStatement
{
    /// <summary>The file's name.</summary>
    public const string FileName = "dp_statement.json";

    /// <summary>The notion of privacy.</summary>
    public string Definition { get; } = "(epsilon, delta)-differential privacy of everything released in training, hence of the trained weights and all that is computed from them";

    /// <summary>False where a seed replaced the secret randomness: then nothing below protects anybody.</summary>
    public required bool IsPrivate { get; init; }

    /// <summary>Proven upper bound on epsilon.</summary>
    public required double Epsilon { get; init; }

    /// <summary>Proven lower bound: no accountant can show less. null for the Rényi accountant, which proves none.</summary>
    public required double? EpsilonLower { get; init; }

    /// <summary>The delta at which both hold.</summary>
    public required double Delta { get; init; }

    /// <summary>Whose presence is hidden: "one row", or "all rows with one value in column ...".</summary>
    public required string Unit { get; init; }

    /// <summary>Which data sets the guarantee compares.</summary>
    public string Adjacency { get; } = "add or remove one unit";

    /// <summary>n, the number of units.</summary>
    public required int Units { get; init; }

    /// <summary>How n is treated: public, and whether settings were derived from it.</summary>
    public required string UnitsTreatment { get; init; }

    /// <summary>q, the probability that a unit takes part in a step.</summary>
    public required double SamplingRate { get; init; }

    /// <summary>How units were really drawn.</summary>
    public string Sampling { get; } = "Poisson: each unit independently in each step; sums are divided by the expected batch size, and an empty draw releases noise";

    /// <summary>T, the steps of the schedule, fixed before the start.</summary>
    public required long PlannedSteps { get; init; }

    /// <summary>Releases that the ledger charges, <see cref="ReleasesPerDraw"/> for each step, steps made anew after an interruption and torn records included. Epsilon is that of these or of the planned ones, whichever are more.</summary>
    public required long ChargedReleases { get; init; }

    /// <summary>Ledger records that a crash tore; they are charged.</summary>
    public required int TornRecords { get; init; }

    /// <summary>The hash at the end of the ledger's chain: the very ledger that this was made from, not one cut short.</summary>
    public required string LedgerHash { get; init; }

    /// <summary>C, and how a unit's gradient is brought to it.</summary>
    public required double ClippingNorm { get; init; }

    /// <summary>The clipping rule.</summary>
    public required string Clipping { get; init; }

    /// <summary>What noise is scaled by: C with its precision margin.</summary>
    public required double Sensitivity { get; init; }

    /// <summary>The noise law, relative to sensitivity 1.</summary>
    public required string Noise { get; init; }

    /// <summary>"scalar" or "vector".</summary>
    public required string Release { get; init; }

    /// <summary>Releases from one draw, all of them accounted.</summary>
    public required int ReleasesPerDraw { get; init; }

    /// <summary>Standard deviation of the noise on the sum, in units of the gradient.</summary>
    public required double NoiseStandardDeviation { get; init; }

    /// <summary>"pld" or "rdp".</summary>
    public required string Accountant { get; init; }

    /// <summary>What covers floating point.</summary>
    public required IReadOnlyList<PrecisionMargin> Precision { get; init; }

    /// <summary>Where the randomness of draws and noise came from.</summary>
    public required string Randomness { get; init; }

    /// <summary>Uses of the data, or of other private data, that the figures above do not cover.</summary>
    public required IReadOnlyList<string> NotCovered { get; init; }

    /// <summary>Whether losses or other figures of private examples were shown, outside the guarantee.</summary>
    public required bool UnsafeDiagnostics { get; init; }

    /// <summary>SHA-256 of the files of weights that this is about, by name; null in statements of older versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? WeightsSha256 { get; init; }

    /// <summary>The statement about the weights in a folder.</summary>
    public DpStatement About(string folder) => this with { WeightsSha256 = WeightsIn(folder) };

    /// <summary>SHA-256 of the files of weights in a model's folder, those of a soft prompt with its configuration included, by relative path.</summary>
    internal static SortedDictionary<string, string> WeightsIn(string folder)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var prompt = Path.Combine(folder, SoftPrompt.FolderName);
        foreach (var path in Directory.GetFiles(folder, "*.safetensors").Concat(Directory.Exists(prompt) ? Directory.GetFiles(prompt) : []))
        {
            using var file = RegularFile.Open(path);
            digests.Add(Path.GetRelativePath(folder, path).Replace('\\', '/'), Convert.ToHexStringLower(SHA256.HashData(file)));
        }
        return digests;
    }

    /// <summary>States a run's guarantee from its plan and its ledger.</summary>
    /// <param name="plan">What was planned.</param>
    /// <param name="ledger">What was released.</param>
    /// <param name="context">What neither of them knows.</param>
    public static DpStatement Of(PrivacyPlan plan, LedgerHistory ledger, DpStatementContext context)
    {
        var charged = ledger.Spent(0);
        var epsilon = plan.EpsilonAfter(Math.Max(plan.Steps, charged));
        var isPrivate = ledger.Header.IsPrivate;
        return new DpStatement
        {
            IsPrivate = isPrivate,
            Epsilon = epsilon.Upper,
            EpsilonLower = plan.Accountant == AccountantKind.Pld ? epsilon.Lower : null,
            Delta = plan.Delta,
            Unit = context.UnitColumn is null ? "one row" : $"all rows with one value in column '{context.UnitColumn}'",
            Units = plan.Units,
            UnitsTreatment = context.RateFromBatchSize
                ? "public; the sampling rate is the expected batch size divided by it"
                : "public, but no setting was derived from it except the expected batch size that sums are divided by",
            SamplingRate = plan.SamplingRate,
            PlannedSteps = plan.Steps,
            ChargedReleases = (long)charged * plan.Step.PerDraw,
            TornRecords = ledger.Entries.Count(entry => entry.IsTorn) + (ledger.IsTorn ? 1 : 0),
            LedgerHash = ledger.Position.Hash,
            ClippingNorm = plan.ClippingNorm,
            Clipping = context.Clipping,
            Sensitivity = plan.Sensitivity,
            Noise = plan.Release.Noise.ToString(),
            Release = plan.Release.Kind.Name(),
            ReleasesPerDraw = plan.Step.PerDraw,
            NoiseStandardDeviation = plan.Release.Noise.StandardDeviation * plan.Sensitivity,
            Accountant = plan.Accountant.Name(),
            Precision = PrecisionMargin.Of(plan),
            Randomness = isPrivate
                ? "secret: AES-256 in counter mode under keys derived from a random run key of the operating system; the guarantee is computational in this respect"
                : "not private: seeded; whoever knows the seed can subtract the noise",
            NotCovered = context.NotCovered,
            UnsafeDiagnostics = context.UnsafeDiagnostics,
        };
    }
}

/// <summary>What a statement needs to know beside plan and ledger.</summary>
/// <param name="UnitColumn">The column that says whose row it is; null where each row is a unit.</param>
/// <param name="RateFromBatchSize">Whether the sampling rate was derived from n and an expected batch size.</param>
/// <param name="Clipping">The clipping rule, in words.</param>
/// <param name="NotCovered">Uses of private data outside the guarantee.</param>
/// <param name="UnsafeDiagnostics">Whether figures of private examples were shown.</param>
public sealed record DpStatementContext(
    string? UnitColumn, bool RateFromBatchSize, string Clipping, IReadOnlyList<string> NotCovered, bool UnsafeDiagnostics);

using System.Globalization;
using System.Text.Json.Serialization;
using LmoDp.Cli.Output;
using LmoDp.Privacy.Published;
using Spectre.Console;
using static LmoDp.Cli.Output.TextTable;

namespace LmoDp.Cli.Verbs;

/// <summary>What one release with a set costs by one reading of its Exponential.</summary>
/// <param name="FormulaEpsilon">By the paper's bound over the whole orders 2 to 128 at which it exists; null where there is none.</param>
/// <param name="FormulaOrder">The order that gave it.</param>
/// <param name="FormulaEpsilonRealOrders">By the paper's bound over all real orders at which it exists.</param>
/// <param name="Epsilon">Upper bound on the exact epsilon of one scalar.</param>
/// <param name="EpsilonLower">Lower bound.</param>
/// <param name="PureEpsilon">Exact epsilon at delta 0.</param>
/// <param name="VectorMultiplier">1/sqrt(Fisher information): the Gaussian multiplier that a vector with this noise is worth at best.</param>
internal sealed record PublishedReading(double? FormulaEpsilon, double? FormulaOrder, double FormulaEpsilonRealOrders, double Epsilon, double EpsilonLower, double PureEpsilon, double VectorMultiplier)
{
    /// <summary>The same figures, flat.</summary>
    public static PublishedReading Of(ReadingAccount account) => new(account.Formula?.Epsilon, account.Formula?.Order, account.FormulaAtRealOrders.Epsilon,
        account.Epsilon.Upper, account.Epsilon.Lower, account.PureEpsilon, account.VectorMultiplier);
}

/// <summary>A published set: its numbers, its files ("repository:path"), the claims and the figures.</summary>
/// <param name="Number">1, 2, ... in the order of the files.</param>
/// <param name="ClaimedEpsilons">In the names of its files.</param>
/// <param name="ReportedEpsilon">What the published search reports.</param>
/// <param name="ReportedOrder">At this order.</param>
/// <param name="ReportedMultiplier">The Gaussian multiplier that it sets beside that.</param>
/// <param name="Rate">Figures by the published accountant's reading.</param>
/// <param name="Scale">Figures by the published sampler's reading.</param>
/// <param name="ExceedsReported">Whether a scalar with the noise that is drawn is proven to exceed the reported epsilon.</param>
/// <param name="ExceedsName">Whether it is proven to exceed the epsilon in the file's name.</param>
/// <param name="Files">"repository:path".</param>
/// <param name="A1">a1.</param>
/// <param name="K">G_k.</param>
/// <param name="Theta">G_theta.</param>
/// <param name="A3">a3.</param>
/// <param name="Lambda">E_lambda.</param>
/// <param name="A4">a4.</param>
/// <param name="A">U_a.</param>
/// <param name="B">U_b.</param>
internal sealed record PublishedRow(int Number, IReadOnlyList<string> Files, double A1, double K, double Theta, double A3, double Lambda, double A4, double A, double B,
    IReadOnlyList<double> ClaimedEpsilons, double ReportedEpsilon, double ReportedOrder, double ReportedMultiplier, PublishedReading Rate, PublishedReading Scale, bool ExceedsReported, bool ExceedsName)
{
    /// <summary>The row of an account.</summary>
    public static PublishedRow Of(PublishedAccount account, int number)
    {
        var set = account.Parameters;
        return new PublishedRow(number, [.. set.Files.Select(file => $"{file.Repository}:{file.Path}")], set.A1, set.K, set.Theta, set.A3, set.Lambda, set.A4, set.A, set.B,
            set.ClaimedEpsilons, account.Reported.Epsilon, account.Reported.Order, account.ReportedMultiplier, PublishedReading.Of(account.Rate), PublishedReading.Of(account.Scale),
            account.ExceedsReported, account.ExceedsName);
    }

    /// <summary>"0.3", or "0.5, 1" under two names.</summary>
    [JsonIgnore]
    public string Claim => string.Join(", ", ClaimedEpsilons.Select(Figures.Short));
}

/// <summary>All published sets at one delta.</summary>
/// <param name="Delta">The delta of every epsilon.</param>
/// <param name="FileCount">Parameter files.</param>
/// <param name="SetCount">Distinct sets among them.</param>
/// <param name="ExceedReported">How many sets exceed the epsilon that their search reports: one scalar, the noise that is drawn.</param>
/// <param name="ExceedName">How many exceed the epsilon in the file's name.</param>
/// <param name="Sets">The sets.</param>
/// <param name="Files">Files that were written; none unless a folder was given.</param>
internal sealed record ReproduceParametersResult(double Delta, int FileCount, int SetCount, int ExceedReported, int ExceedName, IReadOnlyList<PublishedRow> Sets, IReadOnlyList<string> Files) : VerbResult
{
    private static readonly string[] ReadingColumns = ["formulaEpsilon", "formulaOrder", "formulaEpsilonRealOrders", "epsilon", "epsilonLower", "pureEpsilon", "vectorMultiplier"];

    /// <summary>The result of the accounts.</summary>
    public static ReproduceParametersResult Of(IReadOnlyList<PublishedAccount> accounts, double delta) => new(
        delta, accounts.Sum(account => account.Parameters.Files.Count), accounts.Count, accounts.Count(account => account.ExceedsReported), accounts.Count(account => account.ExceedsName),
        [.. accounts.Select((account, i) => PublishedRow.Of(account, i + 1))], []);

    /// <inheritdoc/>
    public override void Draw(IAnsiConsole console)
    {
        var figures = FigureTable();
        console.Table(figures.Columns, figures.Rows);
        console.Facts(
            ("sets", string.Create(CultureInfo.InvariantCulture, $"{SetCount} distinct ones in {FileCount} files; one release, sensitivity 1, delta {Figures.Short(Delta)}")),
            ("exceed their search", string.Create(CultureInfo.InvariantCulture, $"{ExceedReported} of {SetCount}: the epsilon that the published search reports, for one number and the noise that is drawn (scale)")),
            ("exceed their name", string.Create(CultureInfo.InvariantCulture, $"{ExceedName} of {SetCount}: the epsilon in the file's name, likewise")),
            ("files", Files.Count == 0 ? null : string.Join(", ", Files)));
        console.Note("r, s: E_lambda read as the Exponential's rate (the published accountant) and scale (the published sampler). formula: the paper's bound where it exists, whole orders 2 to 128.");
        console.Note("exact: upper bound for one number. worth: the Gaussian multiplier that a long vector with this noise is worth at best, against that set beside the reported epsilon (claimed).");
    }

    /// <summary>The figures as people read them; bounds are rounded upwards.</summary>
    public TextTable FigureTable() => new(
        ["set", "in name", "reported", "at order", "formula r", "formula s", "exact r", "exact s", "worth r", "worth s", "claimed"],
        [
            .. Sets.Select(set => (string[])
            [
                set.Number.ToString(CultureInfo.InvariantCulture), set.Claim, Short(set.ReportedEpsilon), Short(set.ReportedOrder), Up(set.Rate.FormulaEpsilon), Up(set.Scale.FormulaEpsilon),
                Up(set.Rate.Epsilon), Up(set.Scale.Epsilon), Short(set.Rate.VectorMultiplier), Short(set.Scale.VectorMultiplier), Short(set.ReportedMultiplier),
            ]),
        ]);

    /// <summary>The numbers of each set and where they were published.</summary>
    public TextTable ParameterTable() => new(
        ["set", "a1", "G_k", "G_theta", "a3", "E_lambda", "a4", "U_a", "U_b", "files"],
        [
            .. Sets.Select(set => (string[])
            [
                set.Number.ToString(CultureInfo.InvariantCulture), .. new[] { set.A1, set.K, set.Theta, set.A3, set.Lambda, set.A4, set.A, set.B }.Select(value => Cell(value)), Places(set.Files),
            ]),
        ]);

    /// <summary>Everything, with all digits.</summary>
    public TextTable WholeTable() => new(
        [
            "set", "files", "a1", "G_k", "G_theta", "a3", "E_lambda", "a4", "U_a", "U_b", "claimedEpsilons", "delta", "reportedEpsilon", "reportedOrder", "reportedMultiplier",
            .. ReadingColumns.Select(name => $"rate.{name}"), .. ReadingColumns.Select(name => $"scale.{name}"), "exceedsReported", "exceedsName",
        ],
        [
            .. Sets.Select(set => (string[])
            [
                set.Number.ToString(CultureInfo.InvariantCulture), string.Join("; ", set.Files), Cell(set.A1), Cell(set.K), Cell(set.Theta), Cell(set.A3), Cell(set.Lambda), Cell(set.A4), Cell(set.A), Cell(set.B),
                string.Join("; ", set.ClaimedEpsilons.Select(claim => Cell(claim))), Cell(Delta), Cell(set.ReportedEpsilon), Cell(set.ReportedOrder), Cell(set.ReportedMultiplier),
                .. Cells(set.Rate), .. Cells(set.Scale), set.ExceedsReported ? "true" : "false", set.ExceedsName ? "true" : "false",
            ]),
        ]);

    private static string[] Cells(PublishedReading at) =>
        [Cell(at.FormulaEpsilon), Cell(at.FormulaOrder), Cell(at.FormulaEpsilonRealOrders), Cell(at.Epsilon), Cell(at.EpsilonLower), Cell(at.PureEpsilon), Cell(at.VectorMultiplier)];

    /// <summary>"takko0234, rayhanul: fig6/lmo_eps0.3.json, table3/lmo_eps0.3.json".</summary>
    private static string Places(IReadOnlyList<string> files) => string.Join("; ", files
        .GroupBy(file => file[(file.IndexOf(':') + 1)..], file => file[..file.IndexOf(':')])
        .GroupBy(file => string.Join(", ", file), file => file.Key)
        .Select(place => $"{place.Key}: {string.Join(", ", place)}"));

    private static string Short(double value) => value.ToString("g4", CultureInfo.InvariantCulture);

    private static string Up(double? bound) => bound is { } value ? OutwardRounding.Up(value, 4) : "none";
}

using System.Globalization;
using System.Text;

namespace LmoDp.Training.Record;

/// <summary>A run record as a page of Markdown.</summary>
internal static class RunPage
{
    public static string Of(RunRecord record)
    {
        var page = new StringBuilder();
        page.Append("# ").Append(record.Task).Append(" from ").Append(record.Model).Append("\n\n");
        if (record.Privacy is { } statement)
            AppendGuarantee(page, statement, "##");
        else
            page.Append("**Trained without privacy.** Nothing is guaranteed about the training data.\n\n");
        Table(page, "## Results", record.Metrics.Select(metric => (metric.Key, Number(metric.Value))));
        Table(page, "## Run",
        [
            ("training file", record.TrainingFile),
            ("steps", Number(record.Steps)),
            ("expected examples per second", Number(record.ExpectedExamplesPerSecond)),
            ("seconds", Number(Math.Round(record.Seconds, 1))),
            ("ended", record.Ended.ToString("u", CultureInfo.InvariantCulture)),
        ]);
        Table(page, "## Settings", record.Settings.Select(setting => (setting.Key, Shorten(setting.Value))));
        Table(page, "## Versions", record.Versions.Select(version => (version.Key, version.Value)));
        return page.ToString();
    }

    /// <summary>What a statement guarantees.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="statement">The statement.</param>
    /// <param name="level">The marks before a heading.</param>
    public static void AppendGuarantee(StringBuilder page, DpStatement statement, string level)
    {
        if (statement.IsPrivate)
            page.Append(CultureInfo.InvariantCulture, $"**epsilon = {OutwardRounding.Up(statement.Epsilon)} at delta = {statement.Delta:R}**, a proven upper bound{(statement.EpsilonLower is { } least ? $" (at least {OutwardRounding.Down(least)} for a contribution of the full sensitivity in every draw, seen step by step)" : "")}.\n\n");
        else
            page.Append(CultureInfo.InvariantCulture, $"**Not private: seeded.** With secret randomness the same schedule would give epsilon = {OutwardRounding.Up(statement.Epsilon)} at delta = {statement.Delta:R}.\n\n");
        Table(page, $"{level} Guarantee",
        [
            ("definition", statement.Definition),
            ("unit of privacy", statement.Unit),
            ("adjacency", statement.Adjacency),
            ("units n", $"{Number(statement.Units)} ({statement.UnitsTreatment})"),
            ("sampling", statement.Sampling),
            ("sampling rate q", Number(statement.SamplingRate)),
            ("planned steps T", Number(statement.PlannedSteps)),
            ("charged releases", Number(statement.ChargedReleases) + (statement.TornRecords > 0 ? $", of these torn records: {Number(statement.TornRecords)}" : "")),
            ("clipping norm C", $"{Number(statement.ClippingNorm)} ({statement.Clipping})"),
            ("noise", $"{Shorten(statement.Noise)}, times {Number(statement.Sensitivity)}; standard deviation on the sum {Number(statement.NoiseStandardDeviation)}"),
            ("release", statement.ReleasesPerDraw == 1 ? statement.Release : $"{statement.Release}, {Number(statement.ReleasesPerDraw)} from each draw"),
            ("accountant", statement.Accountant),
            ("randomness", statement.Randomness),
            .. (statement.WeightsSha256 ?? new Dictionary<string, string>()).Select(file => ($"SHA-256 of {file.Key}", file.Value)),
        ]);
        Table(page, $"{level} Precision", statement.Precision.Select(margin => ($"{margin.Name} = {Number(margin.Value)}", margin.Covers)));
        page.Append(level).Append(" Not covered by the guarantee\n\n");
        foreach (var touch in statement.NotCovered)
            page.Append("* ").Append(touch).Append('\n');
        page.Append('\n');
    }

    /// <summary>A table of two columns under a heading; nothing where there are no rows.</summary>
    public static void Table(StringBuilder page, string heading, IEnumerable<(string Name, string Value)> rows)
    {
        var content = string.Concat(rows.Select(row => $"| {Cell(row.Name)} | {Cell(row.Value)} |\n"));
        if (content.Length > 0)
            page.Append(heading).Append("\n\n| | |\n| --- | --- |\n").Append(content).Append('\n');
    }

    /// <summary>A text without line breaks.</summary>
    public static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static string Cell(string text) => OneLine(text.Replace("|", "\\|", StringComparison.Ordinal));

    private static string Shorten(string law) => law.Length <= 200 ? law : string.Concat(law.AsSpan(0, 200), "... (in full in run.json)");

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}

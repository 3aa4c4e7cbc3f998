using System.Globalization;
using CsvHelper;

namespace LmoDp.Cli.Output;

/// <summary>A table of texts, for files: CSV or Markdown.</summary>
/// <param name="Columns">Header.</param>
/// <param name="Rows">Cells, one a column.</param>
internal sealed record TextTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    private static readonly CsvWriterOptions Options = new() { NewLine = "\n" };

    /// <summary>A cell with all digits of a number; empty for none.</summary>
    public static string Cell(double? value) => value?.ToString("R", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Comma-separated values with a header.</summary>
    public string ToCsv()
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, Options, leaveOpen: true))
        {
            foreach (var row in Rows.Prepend(Columns))
                csv.WriteRecord([.. row]);
        }
        return text.ToString();
    }

    /// <summary>A Markdown table; the first column is aligned to the left, all others to the right.</summary>
    public string ToMarkdown()
        => string.Concat(Rows.Prepend([.. Columns.Select((_, i) => i == 0 ? "---" : "---:")]).Prepend(Columns).Select(row => $"| {string.Join(" | ", row)} |\n"));
}

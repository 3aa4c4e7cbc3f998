using Spectre.Console;

namespace LmoDp.Cli.Output;

/// <summary>The two shapes of human output: names with their values, and tables. Plain text throughout, so that they read well when piped.</summary>
internal static class Listing
{
    /// <summary>One line each: name, value. Rows without a value are left out.</summary>
    public static void Facts(this IAnsiConsole console, params IReadOnlyList<(string Name, string? Value)> facts)
    {
        var width = facts.Max(fact => fact.Name.Length) + 3;
        foreach (var (name, value) in facts)
        {
            if (value is null)
                continue;
            console.Write(name.PadRight(width), new Style(Color.Grey));
            console.WriteLine(value);
        }
    }

    /// <summary>A table with a header; all columns but the first are aligned to the right.</summary>
    public static void Table(this IAnsiConsole console, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))) { Alignment = column == columns[0] ? Justify.Left : Justify.Right });
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
    }

    /// <summary>A remark below a result.</summary>
    public static void Note(this IAnsiConsole console, string text) => console.WriteLine(text, new Style(Color.Grey));
}

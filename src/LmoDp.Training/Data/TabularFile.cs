namespace LmoDp.Training.Data;

/// <summary>A row of a tabular file.</summary>
/// <param name="Line">The line (from 1) on which the row begins.</param>
/// <param name="Fields">The fields of the columns asked for, in that order.</param>
public readonly record struct TabularRow(long Line, IReadOnlyList<string> Fields);

/// <summary>
/// Tables in the three formats that people keep text in, read by column name: <c>.tsv</c> (tab-separated, no quoting), <c>.csv</c> (RFC 4180) and
/// <c>.jsonl</c> (one JSON object a line, its properties are the columns). All are UTF-8. Every fault is a <see cref="BadInputException"/> that names file and line.
/// </summary>
public abstract class TabularFile
{
    /// <summary>The longest field, in characters. Longer texts than this are damage, not data: models read a few thousand characters at most.</summary>
    public const int MaxFieldLength = 1_000_000;

    /// <summary>The longest line, in characters.</summary>
    public const int MaxLineLength = 4_000_000;

    private protected TabularFile(string path)
    {
        Path = path;
        Name = System.IO.Path.GetFileName(path);
    }

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>Its name without the folder, for messages.</summary>
    public string Name { get; }

    /// <summary>The reader for the file's extension.</summary>
    /// <exception cref="BadInputException">There is no such file, or its extension is none of the three.</exception>
    public static TabularFile Open(string path)
    {
        TabularFile file = System.IO.Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".tsv" => new TsvFile(path),
            ".csv" => new CsvFile(path),
            ".jsonl" => new JsonLinesFile(path),
            var other => throw new BadInputException($"{path}: unknown extension '{other}': give a .csv, .tsv or .jsonl file"),
        };
        if (!File.Exists(path))
            throw new BadInputException($"{path}: no such file");
        return file;
    }

    /// <summary>The column names: the header line, or the properties of a JSON-lines file's first row.</summary>
    public abstract IReadOnlyList<string> ReadColumns();

    /// <summary>The rows, read as they are asked for.</summary>
    /// <param name="columns">The columns wanted, by exact name.</param>
    /// <exception cref="BadInputException">A column is missing, a row has another number of fields than the header, a field is longer than
    /// <see cref="MaxFieldLength"/>, or the file is not UTF-8.</exception>
    public IEnumerable<TabularRow> Read(params IReadOnlyList<string> columns) => Read(columns, skipsIncomplete: false);

    /// <summary>As <see cref="Read(IReadOnlyList{string})"/>, but a row with too few fields may be passed over.</summary>
    /// <param name="columns">The columns wanted, by exact name.</param>
    /// <param name="skipsIncomplete">Whether it is, and not refused.</param>
    internal abstract IEnumerable<TabularRow> Read(IReadOnlyList<string> columns, bool skipsIncomplete);

    /// <summary>As <see cref="Read(IReadOnlyList{string})"/>, with the white space at the ends of every field dropped, and no field empty.</summary>
    /// <param name="columns">The columns wanted, by exact name.</param>
    /// <exception cref="BadInputException">As there, or a field is empty.</exception>
    internal IEnumerable<TabularRow> ReadFilled(IReadOnlyList<string> columns) => Read(columns).Select(row => Filled(row, columns));

    /// <summary>A row without white space at the ends of its fields, none of which is empty then.</summary>
    internal TabularRow Filled(TabularRow row, IReadOnlyList<string> columns)
    {
        var fields = row.Fields.Select(field => field.Trim()).ToArray();
        var empty = Array.IndexOf(fields, "");
        return empty < 0 ? new TabularRow(row.Line, fields) : throw Fault(row.Line, $"column '{columns[empty]}' is empty: remove the row or fill it in");
    }

    /// <summary>A fault on a line of this file.</summary>
    internal BadInputException Fault(long line, string what) => new(FormattableString.Invariant($"{Name}, line {line}: {what}"));

    /// <summary>The place of each wanted column in the header.</summary>
    private protected int[] Locate(IReadOnlyList<string> header, IReadOnlyList<string> columns)
    {
        if (header.Distinct(StringComparer.Ordinal).Count() != header.Count)
            throw Fault(1, "the header names a column twice");
        return columns.Select(column =>
        {
            for (var i = 0; i < header.Count; i++)
            {
                if (string.Equals(header[i], column, StringComparison.Ordinal))
                    return i;
            }
            throw new BadInputException($"{Name}: there is no column '{column}'; the columns are {ColumnNames.List(header)}");
        }).ToArray();
    }

    /// <summary>Picks the wanted fields out of a row of a file with a header line.</summary>
    private protected TabularRow Pick(long line, string[] row, int[] places)
    {
        var fields = new string[places.Length];
        for (var i = 0; i < places.Length; i++)
        {
            fields[i] = row[places[i]];
            if (fields[i].Length > MaxFieldLength)
                throw Fault(line, $"a field is longer than {MaxFieldLength} characters");
        }
        return new TabularRow(line, fields);
    }
}

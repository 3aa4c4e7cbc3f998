namespace LmoDp.Training.Data;

/// <summary>Tab-separated values as GLUE has them: one header line, one row a line, no quoting (a quotation mark is an ordinary character).</summary>
internal sealed class TsvFile(string path) : TabularFile(path)
{
    public override IReadOnlyList<string> ReadColumns()
    {
        using var lines = new BoundedLineReader(Path);
        return Header(lines);
    }

    internal override IEnumerable<TabularRow> Read(IReadOnlyList<string> columns, bool skipsIncomplete)
    {
        using var lines = new BoundedLineReader(Path);
        var header = Header(lines);
        var places = Locate(header, columns);
        while (lines.Read() is { } line)
        {
            if (line.Length == 0 && header.Length > 1 && !skipsIncomplete)
                throw Fault(lines.Line, "the line is empty");
            var row = line.Split('\t');
            if (row.Length < header.Length && skipsIncomplete)
                continue;
            if (row.Length != header.Length)
                throw Fault(lines.Line, $"{row.Length} tab-separated columns where the header has {header.Length}");
            yield return Pick(lines.Line, row, places);
        }
    }

    private string[] Header(BoundedLineReader lines)
        => lines.Read()?.Split('\t') ?? throw new BadInputException($"{Name}: the file is empty");
}

using System.Text;
using CsvHelper;

namespace LmoDp.Training.Data;

/// <summary>
/// Comma-separated values by RFC 4180: one header line; fields with commas, quotation marks or line breaks are quoted. Empty lines are passed over.
/// A quotation mark out of place is refused rather than guessed at: it may swallow rows.
/// </summary>
internal sealed class CsvFile(string path) : TabularFile(path)
{
    private static readonly CsvReaderOptions Options = new()
    {
        Separator = ',',
        HasHeader = false,
        DetectSeparatorHint = false,
        MalformedData = CsvMalformedDataHandling.Throw,
        TrackLineNumbers = true,
        IncludeValuesInExceptions = false,
        MaxRecordSize = 4 * MaxLineLength,
    };

    public override IReadOnlyList<string> ReadColumns()
    {
        using var reader = CsvReader.Create(BoundedLineReader.OpenText(Path), Options);
        return Header(reader);
    }

    internal override IEnumerable<TabularRow> Read(IReadOnlyList<string> columns, bool skipsIncomplete)
    {
        using var reader = CsvReader.Create(BoundedLineReader.OpenText(Path), Options);
        var header = Header(reader);
        var places = Locate(header, columns);
        while (Advance(reader))
        {
            if (reader.FieldCount < header.Length && skipsIncomplete)
                continue;
            if (reader.FieldCount != header.Length)
                throw Fault(reader.LineNumber, $"{reader.FieldCount} columns where the header has {header.Length}");
            yield return Pick(reader.LineNumber, Record(reader), places);
        }
    }

    private string[] Header(CsvReader reader)
    {
        if (!Advance(reader))
            throw new BadInputException($"{Name}: the file is empty");
        return Record(reader);
    }

    private static string[] Record(CsvReader reader)
    {
        var fields = new string[reader.FieldCount];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = reader.GetString(i);
        return fields;
    }

    private bool Advance(CsvReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException e)
        {
            throw new BadInputException($"{Fault(e.LineNumber, "not valid CSV").Message} ({ColumnNames.Clean(e.Message, longest: 160)})", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new BadInputException($"{Name}: not UTF-8 text: save the file as UTF-8", e);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new BadInputException($"{Name}: cannot be read: {ColumnNames.Clean(e.Message, longest: 160)}", e);
        }
    }
}

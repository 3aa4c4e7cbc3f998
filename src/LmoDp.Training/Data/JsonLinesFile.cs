using System.Text.Json;

namespace LmoDp.Training.Data;

/// <summary>One JSON object a line. Text, numbers and truth values are fields; a number is taken as it is spelled. Empty lines are refused.</summary>
internal sealed class JsonLinesFile(string path) : TabularFile(path)
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    public override IReadOnlyList<string> ReadColumns()
    {
        using var lines = new BoundedLineReader(Path);
        var first = lines.Read() ?? throw new BadInputException($"{Name}: the file is empty");
        using var document = Parse(first, lines.Line);
        return document.RootElement.EnumerateObject().Select(property => property.Name).ToArray();
    }

    internal override IEnumerable<TabularRow> Read(IReadOnlyList<string> columns, bool skipsIncomplete)
    {
        using var lines = new BoundedLineReader(Path);
        while (lines.Read() is { } line)
        {
            using var document = Parse(line, lines.Line);
            var row = document.RootElement;
            if (!skipsIncomplete || columns.All(column => row.TryGetProperty(column, out _)))
                yield return new TabularRow(lines.Line, columns.Select(column => Field(row, column, lines.Line)).ToArray());
        }
        if (lines.Line == 0)
            throw new BadInputException($"{Name}: the file is empty");
    }

    private JsonDocument Parse(string line, long number)
    {
        if (string.IsNullOrWhiteSpace(line))
            throw Fault(number, "the line is empty");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line, Options);
        }
        catch (JsonException e)
        {
            throw new BadInputException(Fault(number, $"not valid JSON near byte {(e.BytePositionInLine ?? 0) + 1}").Message, e);
        }
        catch (InvalidOperationException e)
        {
            throw new BadInputException(Fault(number, "the name of a property holds half of a surrogate pair, which is no character").Message, e);
        }
        if (document.RootElement.ValueKind == JsonValueKind.Object)
            return document;
        document.Dispose();
        throw Fault(number, "not a JSON object: each line must be one object such as {\"text\": \"...\", \"label\": \"...\"}");
    }

    private string Field(JsonElement row, string column, long line)
    {
        if (!row.TryGetProperty(column, out var value))
        {
            var names = row.EnumerateObject().Select(property => property.Name).ToArray();
            throw Fault(line, $"there is no property '{column}'; the properties are {ColumnNames.List(names)}");
        }
        var field = value.ValueKind switch
        {
            JsonValueKind.String => Text(value, column, line),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            var kind => throw Fault(line, $"property '{column}' is {kind.ToString().ToLowerInvariant()}, not text"),
        };
        return field.Length <= MaxFieldLength ? field : throw Fault(line, $"property '{column}' is longer than {MaxFieldLength} characters");
    }

    private string Text(JsonElement value, string column, long line)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fault(line, $"property '{column}' holds half of a surrogate pair, which is no character");
        }
    }
}

using System.Text.Json;

namespace LmoDp.Training.Data;

/// <summary>
/// DART's JSON files: an array of objects with a <c>tripleset</c> (arrays of subject, relation, object) and <c>annotations</c> with a <c>text</c> each, the references of one input. A source is written
/// as in Li et al. (2022), the relation in lower case: <c>subject : relation : object | ...</c>. Runs of white space become one blank; a text may be empty.
/// </summary>
internal static class DartFile
{
    private const int LargestFile = 1 << 30;
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16 };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public static GenerationDataset Read(string path)
    {
        var name = Path.GetFileName(path);
        var bytes = BoundedFile.Read(path, LargestFile);
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0), Options);
            if (document.RootElement is not { ValueKind: JsonValueKind.Array } entries || entries.GetArrayLength() == 0)
                throw new BadInputException($"{name}: not a JSON array of entries with 'tripleset' and 'annotations'");
            return new GenerationDataset(name, entries.EnumerateArray().Select((entry, i) => Pairs(name, entry, i + 1)).ToArray());
        }
        catch (JsonException fault)
        {
            throw new BadInputException(FormattableString.Invariant($"{name}, line {(fault.LineNumber ?? 0) + 1}: not valid JSON"), fault);
        }
        catch (InvalidOperationException fault)
        {
            throw new BadInputException($"{name}: the name of a property holds bytes or halves of characters that are no Unicode text", fault);
        }
    }

    private static SourceTarget[] Pairs(string file, JsonElement entry, int number)
    {
        if (entry.ValueKind != JsonValueKind.Object)
            throw Fault("it is no object");
        var triples = Array("tripleset").Select(triple => triple.ValueKind == JsonValueKind.Array && triple.GetArrayLength() == 3
            ? string.Join(" : ", triple.EnumerateArray().Select((part, place) => Text(part, place == 1)))
            : throw Fault("a triple is not an array of subject, relation and object"));
        var source = string.Join(" | ", triples);
        return [.. Array("annotations").Select(annotation => annotation.ValueKind == JsonValueKind.Object && annotation.TryGetProperty("text", out var text)
            ? new SourceTarget(source, Text(text, false), null)
            : throw Fault("an annotation has no 'text'"))];

        JsonElement.ArrayEnumerator Array(string property) => entry.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
            ? value.EnumerateArray()
            : throw Fault($"'{property}' is not an array with something in it");

        string Text(JsonElement value, bool lower)
        {
            if (value.ValueKind != JsonValueKind.String)
                throw Fault("a text is not a string");
            try
            {
                var text = OneLine.Of(value.GetString()!);
                return lower ? text.ToLowerInvariant() : text;
            }
            catch (InvalidOperationException)
            {
                throw Fault("a text holds bytes or halves of characters that are no Unicode text");
            }
        }

        BadInputException Fault(string what) => new(FormattableString.Invariant($"{file}, entry {number}: {what}"));
    }
}

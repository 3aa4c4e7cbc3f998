using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LmoDp.Tests.Fuzzing;

/// <summary>Changes a value of a JSON document, so that what comes after the parser is reached: another kind of value, an extreme number, a key or item more or less.</summary>
internal static class JsonMutation
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-0", "1", "-1", "2", "0.5", "1.5", "-1e300", "1e300", "1e-300", "2147483647", "2147483648", "4294967295", "9007199254740993", "9223372036854775807",
        "-9223372036854775808", "18446744073709551615", "1e400", "0.1e-400", "123456789012345678901234567890", "\"\"", "\"a\"", "\"\\u0000\"", "\"NaN\"", "\"Infinity\"", "\"../x.safetensors\"", "\"/etc/passwd\"", "[]", "{}", "[[]]", "[0]", "[\"a\",\"a\"]", "{\"a\":1}",
    ];

    /// <summary>The changed document; null where the bytes are no JSON object or array.</summary>
    public static byte[]? Of(byte[] original, Random random)
    {
        if (original is not [(byte)'{' or (byte)'[', ..] || Parse(original) is not { } root)
            return null;
        for (var changes = random.Next(1, 4); changes > 0; changes--)
            Change(root, random);
        return JsonSerializer.SerializeToUtf8Bytes(root, Plain);
    }

    private static JsonNode? Parse(byte[] bytes)
    {
        try
        {
            return JsonNode.Parse(bytes);
        }
        catch (JsonException)
        {
            return null; // several documents, one a line
        }
    }

    private static void Change(JsonNode root, Random random)
    {
        var containers = new List<JsonNode>();
        Collect(root, containers);
        var chosen = containers[random.Next(containers.Count)];
        if (chosen is JsonObject fields)
        {
            var key = fields.Count == 0 ? "a" : fields.ElementAt(random.Next(fields.Count)).Key;
            switch (random.Next(4))
            {
                case 0:
                    fields.Remove(key);
                    break;
                case 1:
                    fields[random.Next(2) == 0 ? "a" : key + "x"] = Value(random);
                    break;
                default:
                    fields[key] = Nudged(fields[key], random);
                    break;
            }
        }
        else if (chosen is JsonArray items)
        {
            if (items.Count == 0 || random.Next(4) == 0)
                items.Insert(random.Next(items.Count + 1), Value(random));
            else if (random.Next(3) == 0)
                items.RemoveAt(random.Next(items.Count));
            else if (random.Next(3) == 0)
                items.Add(items[random.Next(items.Count)]?.DeepClone());
            else
                items[random.Next(items.Count)] = Value(random);
        }
    }

    /// <summary>Mostly another value; sometimes a number near the old one.</summary>
    private static JsonNode? Nudged(JsonNode? old, Random random)
        => random.Next(3) == 0 && old is JsonValue value && value.TryGetValue(out long number) ? JsonValue.Create(number + random.Next(-2, 3)) : Value(random);

    private static JsonNode? Value(Random random) => JsonNode.Parse(Values[random.Next(Values.Length)]);

    private static void Collect(JsonNode? node, List<JsonNode> into)
    {
        if (node is JsonObject fields)
        {
            into.Add(fields);
            foreach (var (_, value) in fields)
                Collect(value, into);
        }
        else if (node is JsonArray items)
        {
            into.Add(items);
            foreach (var item in items.Take(50))
                Collect(item, into);
        }
    }
}

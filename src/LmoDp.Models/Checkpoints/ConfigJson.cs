using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LmoDp.Models.Checkpoints;

/// <summary>Typed look-ups in a config.json, whose errors name the file and the key.</summary>
internal sealed class ConfigJson
{
    /// <summary>How configuration files are written: indented, letters beyond ASCII as they are.</summary>
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };
    private readonly string source;

    /// <summary>The document; numbers keep their spelling when it is written again.</summary>
    public JsonObject Root { get; }

    private ConfigJson(JsonObject root, string source)
    {
        Root = root;
        this.source = source;
    }

    /// <param name="json">The text.</param>
    /// <param name="source">What to call it in errors.</param>
    /// <exception cref="BadInputException">It is not one JSON object.</exception>
    public static ConfigJson Parse(string json, string source)
    {
        try
        {
            if (JsonNode.Parse(json, documentOptions: Strict) is not JsonObject root)
                throw new BadInputException($"{source}: not a JSON object");
            _ = root.ToJsonString(); // reads every string once: escapes of half a surrogate pair show here
            return new ConfigJson(root, source);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new BadInputException($"{source}: not valid JSON: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    /// <summary>Whether the key is there and not null.</summary>
    public bool Has(string key) => Root[key] is not null;

    /// <summary>A whole number, or the default where the key is absent or null; without a default it must be there.</summary>
    public int Int(string key, int? absent = null) => Value<int>(key, "a whole number") ?? absent ?? throw Missing(key);

    /// <summary>A whole number, or null where the key is absent or null.</summary>
    public int? IntOrNull(string key) => Value<int>(key, "a whole number");

    /// <summary>A number, or the default where the key is absent or null.</summary>
    public double Number(string key, double absent) => Value<double>(key, "a number") ?? absent;

    /// <summary>A number, or null where the key is absent or null.</summary>
    public double? Number(string key) => Value<double>(key, "a number");

    /// <summary>True or false, or the default where the key is absent or null.</summary>
    public bool Flag(string key, bool absent) => Value<bool>(key, "true or false") ?? absent;

    /// <summary>A string, or null where the key is absent or null.</summary>
    public string? Text(string key) => Root[key] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw Wrong(key, "a string"),
    };

    /// <summary>A list of strings, empty where the key is absent or null.</summary>
    public IReadOnlyList<string> Texts(string key) => Root[key] switch
    {
        null => [],
        JsonArray array => [.. array.Select(item => item is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Wrong(key, "a list of strings"))],
        _ => throw Wrong(key, "a list of strings"),
    };

    /// <summary>An object, or null where the key is absent or null.</summary>
    public JsonObject? Object(string key) => Root[key] switch
    {
        null => null,
        JsonObject value => value,
        _ => throw Wrong(key, "an object"),
    };

    /// <summary>The error for a key whose value is not what it must be.</summary>
    public BadInputException Wrong(string key, string expected) => new($"{source}: {key} must be {expected}");

    private BadInputException Missing(string key) => new($"{source}: {key} is missing");

    private T? Value<T>(string key, string expected) where T : struct => Root[key] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<T>(out var number) => number,
        _ => throw Wrong(key, expected),
    };
}

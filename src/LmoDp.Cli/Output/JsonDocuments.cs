using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LmoDp.Cli.Output;

/// <summary>The JSON that <c>--json</c> prints: camelCase names, numbers that are not finite as the strings "Infinity", "-Infinity" and "NaN".</summary>
internal static class JsonDocuments
{
    private static readonly JsonSerializerOptions Settings = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>The document of one result.</summary>
    public static string Write(VerbResult result) => JsonSerializer.Serialize(result, result.GetType(), Settings);
}

using System.Text.Json;
using static TorchSharp.torch;

namespace LmoDp.Training.Verification;

/// <summary>Reads the JSON files of reference values.</summary>
internal static class VerificationJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <exception cref="BadInputException">There is no such file, or it is not a JSON object.</exception>
    public static JsonDocument Read(string path, long limit)
    {
        try
        {
            using var stream = RegularFile.Open(path);
            if (stream.Length > limit)
                throw new BadInputException($"'{path}' is larger than reference files are");
            var document = JsonDocument.Parse(stream, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new BadInputException($"'{path}' is no JSON object");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException(File.Exists(path) ? $"cannot read '{path}': {error.Message}" : $"there is no file '{path}'", error);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new BadInputException($"'{path}' is not valid JSON: {error.Message}", error);
        }
    }

    /// <summary>The value of a key, or null if there is none.</summary>
    public static JsonElement? Property(JsonElement element, string key)
        => element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>A list, or list of equally long lists, of whole numbers as an int64 tensor.</summary>
    /// <param name="value">It.</param>
    /// <param name="shape">The wanted shape, -1 for any length above 0.</param>
    /// <param name="what">What to call it in errors.</param>
    /// <exception cref="BadInputException">It is something else.</exception>
    public static Tensor Integers(JsonElement value, long[] shape, string what)
    {
        var numbers = new List<long>();
        var found = new long[shape.Length];
        Collect(value, 0);
        return tensor(numbers.ToArray()).reshape(found);

        void Collect(JsonElement element, int axis)
        {
            if (axis == shape.Length)
            {
                numbers.Add(element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number) ? number : throw Wrong());
                return;
            }
            var length = element.ValueKind == JsonValueKind.Array ? element.GetArrayLength() : 0;
            if (length == 0 || (shape[axis] >= 0 && shape[axis] != length) || (found[axis] != 0 && found[axis] != length))
                throw Wrong();
            found[axis] = length;
            foreach (var item in element.EnumerateArray())
                Collect(item, axis + 1);
        }

        BadInputException Wrong() => new($"{what} must be whole numbers in the shape [{string.Join(", ", shape.Select(length => length < 0 ? "any" : length.ToString(System.Globalization.CultureInfo.InvariantCulture)))}]");
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// Lattice laws as text and as JSON, every digit of them. Inline: <c>lattice:steps=4,ratio=3/2^2,weights=9+7+4</c>. In files, for other programs to read:
/// <c>{"family": "lattice", "stepsPerSensitivity": 4, "tailRatio": {"numerator": 3, "bits": 2}, "weights": [9, 7, 4]}</c>; weights are whole numbers of up to 64 bits.
/// </summary>
internal static class LatticeText
{
    /// <summary>What the inline form begins with.</summary>
    public const string Family = "lattice";

    private const string Form = "lattice:steps=4,ratio=3/2^2,weights=9+7+4";

    /// <summary>The inline form.</summary>
    public static string Of(LatticeLaw law)
    {
        var text = new StringBuilder(FormattableString.Invariant(
            $"{Family}:steps={law.StepsPerSensitivity},ratio={law.TailRatio.Numerator}/2^{law.TailRatio.Bits},weights="));
        foreach (var weight in law.Weights)
            text.Append(CultureInfo.InvariantCulture, $"{weight}+");
        return text.ToString(0, text.Length - 1);
    }

    /// <summary>Reads what follows <c>lattice:</c> in the inline form.</summary>
    /// <exception cref="BadInputException">It is not of that form, or not a law.</exception>
    public static LatticeLaw Parse(string text)
    {
        var parts = text.Split(',');
        if (parts is not [var steps, var ratio, var weights] || !Takes(ref steps, "steps=") || !Takes(ref ratio, "ratio=") || !Takes(ref weights, "weights=")
            || ratio.Split("/2^") is not [var numerator, var bits])
            throw new BadInputException($"{Family}: expected a form like {Form}");
        var list = weights.Split('+', LatticeLaw.MostWeights + 1);
        return new LatticeLaw(Whole<int>(steps, "steps"), [.. list.Select(weight => Whole<ulong>(weight, "weights"))],
            new DyadicRatio(Whole<ulong>(numerator, "ratio"), Whole<int>(bits, "ratio")));
    }

    private static bool Takes(ref string text, string prefix)
    {
        if (!text.StartsWith(prefix, StringComparison.Ordinal))
            return false;
        text = text[prefix.Length..];
        return true;
    }

    private static T Whole<T>(string text, string key) where T : struct, System.Numerics.INumber<T> =>
        T.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new BadInputException($"{Family}: {key} takes whole numbers as in {Form}, not \"{(text.Length > 40 ? text[..40] + "..." : text)}\"");

    /// <summary>The form in files.</summary>
    public static JsonNode ToJson(LatticeLaw law) => new JsonObject
    {
        ["family"] = Family,
        ["stepsPerSensitivity"] = law.StepsPerSensitivity,
        ["tailRatio"] = new JsonObject { ["numerator"] = law.TailRatio.Numerator, ["bits"] = law.TailRatio.Bits },
        ["weights"] = new JsonArray([.. law.Weights.Select(weight => (JsonNode)weight)]),
    };

    /// <summary>Reads the form in files.</summary>
    /// <exception cref="BadInputException">It is not of that form, or not a law.</exception>
    public static LatticeLaw Parse(JsonElement law)
    {
        if (!(Property(law, "family") is { ValueKind: JsonValueKind.String } family && family.ValueEquals(Family)))
            throw new BadInputException($"{Family}: \"family\" must be \"{Family}\"");
        var ratio = Property(law, "tailRatio");
        if (Property(law, "weights") is not { ValueKind: JsonValueKind.Array } weights || weights.GetArrayLength() > LatticeLaw.MostWeights)
            throw new BadInputException($"{Family}: \"weights\" must be a list of at most {LatticeLaw.MostWeights} whole numbers");
        return new LatticeLaw((int)Whole(Property(law, "stepsPerSensitivity"), "stepsPerSensitivity", int.MaxValue),
            [.. weights.EnumerateArray().Select((weight, k) => Whole(weight, FormattableString.Invariant($"weight {k}"), ulong.MaxValue))],
            new DyadicRatio(Whole(ratio is { } given ? Property(given, "numerator") : null, "tailRatio.numerator", ulong.MaxValue),
                (int)Whole(ratio is { } ofRatio ? Property(ofRatio, "bits") : null, "tailRatio.bits", int.MaxValue)));
    }

    private static JsonElement? Property(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static ulong Whole(JsonElement? value, string key, ulong most) =>
        value is { ValueKind: JsonValueKind.Number } number && number.TryGetUInt64(out var whole) && whole <= most
            ? whole
            : throw new BadInputException($"{Family}: {key} must be a whole number");
}

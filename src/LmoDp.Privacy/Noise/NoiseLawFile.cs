using System.Text.Json;
using System.Text.Json.Nodes;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// Laws in JSON files. The own format has one property, <c>{"noise": "gaussian:std=2"}</c> (others beside it, such as a search's certificate, are left to their readers);
/// a lattice law is an object there, <c>{"noise": {"family": "lattice", "stepsPerSensitivity": 4, "tailRatio": {"numerator": 3, "bits": 2}, "weights": [9, 7, 4]}}</c>.
/// The other format is that of the LMO-DP authors: keys a1, a3, a4, G_theta, G_k, E_lambda, U_b, U_a and, optionally, distributions (the parts in use).
/// </summary>
public static class NoiseLawFile
{
    /// <summary>The most bytes of a file that are believed.</summary>
    public const int LargestFile = 64 << 20;

    /// <summary>The law in a file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="exponential">How E_lambda of the authors' files is read.</param>
    /// <exception cref="BadInputException">The file cannot be read or does not describe a law.</exception>
    public static NoiseLaw Read(string path, ExponentialReading exponential = ExponentialReading.Rate)
    {
        try
        {
            using var document = JsonDocument.Parse(BoundedFile.Read(path, LargestFile));
            return Read(document.RootElement, path, exponential);
        }
        catch (JsonException error)
        {
            throw new BadInputException($"{path}: not JSON (line {error.LineNumber + 1})", error);
        }
        catch (InvalidOperationException error)
        {
            throw new BadInputException($"{path}: holds bytes or halves of characters that are no text", error);
        }
    }

    /// <summary>The law as text for a file of the own format.</summary>
    public static string ToJson(NoiseLaw law) => new JsonObject { ["noise"] = ToNode(law) }.ToJsonString();

    /// <summary>The law as the value of a file's property <c>noise</c>.</summary>
    public static JsonNode ToNode(NoiseLaw law)
    {
        ArgumentNullException.ThrowIfNull(law);
        return law is LatticeLaw lattice ? LatticeText.ToJson(lattice) : JsonValue.Create(law.ToString());
    }

    private static NoiseLaw Read(JsonElement root, string path, ExponentialReading exponential)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new BadInputException($"{path}: expected a JSON object");
        if (!root.TryGetProperty("noise", out var noise))
            return AuthorsLaw(root, path, exponential);
        if (noise.ValueKind == JsonValueKind.Object)
            return InFile(path, () => LatticeText.Parse(noise));
        var text = noise.ValueKind == JsonValueKind.String ? noise.GetString()! : "";
        var colon = text.IndexOf(':');
        if (colon < 0 || NoiseFamily.Find(text[..colon]) is null && text[..colon] != LatticeText.Family)
            throw new BadInputException($"{path}: \"noise\" must be an inline law such as \"gaussian:std=2\"");
        return InFile(path, () => NoiseLawParser.ParseInline(text));
    }

    private static NoiseLaw AuthorsLaw(JsonElement root, string path, ExponentialReading exponential)
    {
        var p = new LawParameters(path);
        var used = new HashSet<string> { "Gamma", "Exponential", "Uniform" };
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == "distributions")
                used = Distributions(property.Value, path);
            else if (property.Name is "a1" or "a3" or "a4" or "G_theta" or "G_k" or "E_lambda" or "U_b" or "U_a")
                p.Add(property.Name, Number(property.Value, path, property.Name));
        }
        return InFile(path, () => new LmoLaw(
            used.Contains("Gamma") && p["a1"] != 0 ? new GammaComponent(p["a1"], p["G_k"], p["G_theta"]) : null,
            used.Contains("Exponential") && p["a3"] != 0 ? new ExponentialComponent(p["a3"], Rate(p["E_lambda"], exponential)) : null,
            used.Contains("Uniform") && p["a4"] != 0 ? new UniformComponent(p["a4"], p["U_a"], p["U_b"]) : null));
    }

    private static double Rate(double value, ExponentialReading exponential) =>
        exponential == ExponentialReading.Rate ? value : 1 / Parameter.Positive(value, "lmo", "E_lambda");

    private static HashSet<string> Distributions(JsonElement list, string path)
    {
        var names = new HashSet<string>();
        if (list.ValueKind != JsonValueKind.Array)
            throw new BadInputException($"{path}: distributions must be a list of names");
        foreach (var item in list.EnumerateArray())
        {
            var name = item.ValueKind == JsonValueKind.String ? item.GetString()! : "";
            if (name is not ("Gamma" or "Exponential" or "Uniform"))
                throw new BadInputException($"{path}: distributions may name Gamma, Exponential and Uniform, not {item.GetRawText()}");
            names.Add(name);
        }
        return names;
    }

    private static double Number(JsonElement value, string path, string key) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
            ? number
            : throw new BadInputException($"{path}: {key} must be a number");

    private static NoiseLaw InFile(string path, Func<NoiseLaw> read)
    {
        try
        {
            return read();
        }
        catch (BadInputException error) when (!error.Message.StartsWith(path, StringComparison.Ordinal))
        {
            throw new BadInputException($"{path}: {error.Message}", error);
        }
    }
}

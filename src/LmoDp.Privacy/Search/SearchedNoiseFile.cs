using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>
/// A search's result as a JSON file: the law under <c>noise</c>, which every verb that takes a law reads (<see cref="NoiseLawFile"/>), and beside it what was searched, the certificate and the
/// comparison. The same result gives the same bytes.
/// </summary>
public static class SearchedNoiseFile
{
    private static readonly JsonSerializerOptions Settings = new() { WriteIndented = true, NewLine = "\n", NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Writes a file as a whole, replacing an older one.</summary>
    public static void Write(string path, SearchedNoise found) => AtomicFile.WriteText(path, ToJson(found) + "\n");

    /// <summary>The file's content.</summary>
    public static string ToJson(SearchedNoise found)
    {
        ArgumentNullException.ThrowIfNull(found);
        var document = Figures(found.Law, found.Epsilon, found.Objective);
        document["shape"] = found.Shape?.ToString();
        document["search"] = new JsonObject { ["family"] = found.Family.Name(), ["objective"] = found.Objective.Name };
        document["certificate"] = new JsonObject
        {
            ["release"] = "scalar",
            ["epsilon"] = found.Target.Epsilon,
            ["delta"] = found.Target.Delta,
            ["samplingRate"] = found.Target.SamplingRate,
            ["steps"] = found.Target.Steps,
            ["accountant"] = "pld",
            ["epsilonUpper"] = found.Epsilon.Upper,
            ["epsilonLower"] = found.Epsilon.Lower,
        };
        document["gaussian"] = Figures(found.Gaussian.Noise, found.Gaussian.Epsilon, found.Objective);
        document["laplace"] = Figures(found.Laplace.Noise, found.Laplace.Epsilon, found.Objective);
        document["gap"] = found.Gap is { } gap ? JsonSerializer.SerializeToNode(gap, new JsonSerializerOptions(Settings) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase }) : null;
        document["noise"] = NoiseLawFile.ToNode(found.Law);
        return document.ToJsonString(Settings);
    }

    private static JsonObject Figures(NoiseLaw law, Bounds epsilon, Objective objective)
    {
        var figures = new JsonObject();
        if (law is not LatticeLaw)
            figures["noise"] = law.ToString();
        figures["std"] = law.StandardDeviation;
        figures["meanAbs"] = law.MeanAbsolute;
        figures["objectiveValue"] = objective.Of(law);
        figures["epsilon"] = epsilon.Upper;
        figures["epsilonLower"] = epsilon.Lower;
        return figures;
    }
}

using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using LmoDp.Privacy.Accounting;

namespace LmoDp.Cli.Accounting;

/// <summary>A file of groups of equal steps: <c>[{"noise": "gaussian:std=2", "samplingRate": 0.03, "steps": 192, "perDraw": 1, "release": "scalar"}, ...]</c>.</summary>
internal static class CompositionFile
{
    private const int LongestFile = 16 << 20;
    private const int MostGroups = 256;

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The groups of a file; numbers are checked where they are used.</summary>
    /// <exception cref="BadInputException">There is no such file, or it is not of this form.</exception>
    public static IReadOnlyList<CompositionGroup> Read(string path)
    {
        if (!File.Exists(path))
            throw new BadInputException($"--composition: there is no file '{path}'");
        try
        {
            var groups = JsonSerializer.Deserialize<IReadOnlyList<CompositionGroup>>(BoundedFile.Read(path, LongestFile), Format);
            if (groups?.Count > MostGroups)
                throw new BadInputException($"{path}: {groups.Count} groups are more than the {MostGroups} that can be accounted for together: put equal ones into one, with the sum of their steps");
            return groups is { Count: > 0 } && groups.All(group => group is not null)
                ? groups
                : throw new BadInputException($"{path}: there is no group in it; write [{{\"noise\": \"gaussian:std=2\", \"samplingRate\": 0.03, \"steps\": 192}}]");
        }
        catch (JsonException fault)
        {
            throw new BadInputException(
                $"{path}: {At(fault)}not a list of groups like {{\"noise\": \"gaussian:std=2\", \"samplingRate\": 0.03, \"steps\": 192, \"perDraw\": 1, \"release\": \"scalar\"}}", fault);
        }
    }

    private static string At(JsonException fault) => (fault.Path, fault.LineNumber) switch
    {
        ({ Length: > 1 } place, _) => $"at {place}: ",
        (_, { } line) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"line {line + 1}: "),
        _ => "",
    };
}

/// <summary>A group as the file has it.</summary>
/// <param name="Noise">Law, inline or a file.</param>
/// <param name="SamplingRate">Probability that a row takes part in a step.</param>
/// <param name="Steps">Number of steps.</param>
/// <param name="PerDraw">Numbers published from one draw.</param>
/// <param name="Release">Scalar or vector; null for what the command line says.</param>
internal sealed record CompositionGroup(string Noise, double SamplingRate, long Steps, int PerDraw = 1, ReleaseKind? Release = null)
{
    /// <summary>The group with its law read.</summary>
    public ReleaseGroup ToReleaseGroup(ParseResult input, NoiseOptions options)
    {
        var law = options.Law(input, Noise);
        return new ReleaseGroup(Release is { } kind ? NoiseOptions.Release(kind, law) : options.Release(input, law), SamplingRate, Steps, PerDraw);
    }
}

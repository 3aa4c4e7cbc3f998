using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LmoDp.Training.Record;

/// <summary>Everything that is worth knowing of a run that has ended, as <c>run.json</c> and as a page that people read, <c>run.md</c>. Public quantities only, unless the statement says otherwise.</summary>
public sealed record RunRecord
{
    /// <summary>The record's file name.</summary>
    public const string FileName = "run.json";

    /// <summary>The page's file name.</summary>
    public const string PageFileName = "run.md";

    /// <summary>The setting that says what texts were cut to.</summary>
    internal const string MaxTokensSetting = "maxTokens";

    internal const int LargestFile = 1 << 26; // a lattice law may have a million weights

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The layout of the record.</summary>
    public int Format { get; } = 1;

    /// <summary>The run's name, as in its ledger; null for a run without privacy.</summary>
    public required string? Run { get; init; }

    /// <summary>What the model was trained for.</summary>
    public required string Task { get; init; }

    /// <summary>Name of the base model.</summary>
    public required string Model { get; init; }

    /// <summary>Name of the training file, without its folder.</summary>
    public required string TrainingFile { get; init; }

    /// <summary>What was asked for, by option.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Steps made, T where the run went to its end.</summary>
    public required int Steps { get; init; }

    /// <summary>The guarantee; null for a run without privacy.</summary>
    public required DpStatement? Privacy { get; init; }

    /// <summary>Metrics on the evaluation files, by name.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>Expected batch size times steps a second.</summary>
    public required double ExpectedExamplesPerSecond { get; init; }

    /// <summary>Wall-clock time of the process that ended the run.</summary>
    public required double Seconds { get; init; }

    /// <summary>When the run ended (UTC).</summary>
    public required DateTime Ended { get; init; }

    /// <summary>What it ran on.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = CurrentVersions();

    /// <summary>The record as JSON; numbers that are not finite are strings.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <summary>Reads the record of a run; null where the run has not ended.</summary>
    /// <param name="folder">The run's output folder.</param>
    /// <exception cref="BadInputException">The file is no record, or cannot be read.</exception>
    public static RunRecord? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(path))
                return null;
            var record = JsonSerializer.Deserialize<RunRecord>(BoundedFile.ReadText(path, LargestFile), Json);
            return record?.IsComplete == true ? record : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new BadInputException($"{path}: not the record of a run of this version of lmodp");
        }
    }

    /// <summary>The files that <see cref="Write"/> makes, by name, in the order in which they are written.</summary>
    public IEnumerable<(string Name, string Content)> Files()
    {
        if (Privacy is not null)
            yield return (DpStatement.FileName, JsonSerializer.Serialize(Privacy, Json) + "\n");
        yield return (PageFileName, RunPage.Of(this));
        yield return (FileName, ToJson());
    }

    /// <summary>Writes record, page and, for a private run, the statement into a folder, and the section on privacy into the model's card. Each file is replaced as a whole.</summary>
    public void Write(string folder)
    {
        ModelCard.Write(folder, this);
        foreach (var (name, content) in Files())
            AtomicFile.WriteText(Path.Combine(folder, name), content);
    }

    /// <summary>What texts were cut to when the model in a folder was fine-tuned; null if the folder has no record that says so.</summary>
    public static int? MaxTokensOf(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            using var document = JsonDocument.Parse(BoundedFile.Read(path, LargestFile));
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("settings", out var settings)
                && settings.ValueKind == JsonValueKind.Object && settings.TryGetProperty(MaxTokensSetting, out var setting) && setting.ValueKind == JsonValueKind.String
                && int.TryParse(setting.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var tokens) && tokens > 0 ? tokens : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or BadInputException)
        {
            return null; // a file of another kind that has the same name
        }
    }

    /// <summary>Whether there is something in every place: of the items of a list, annotations say nothing to the serializer.</summary>
    private bool IsComplete
        => new IEnumerable<object?>[] { Settings.Values, Versions.Values, Privacy?.NotCovered ?? [], Privacy?.Precision ?? [], Privacy?.WeightsSha256?.Values ?? [] }.All(items => items.All(item => item is not null));

    private static Dictionary<string, string> CurrentVersions() => new(StringComparer.Ordinal)
    {
        ["lmodp"] = typeof(RunRecord).Assembly.GetName().Version!.ToString(3),
        ["torchSharp"] = typeof(TorchSharp.torch).Assembly.GetName().Version!.ToString(3),
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["system"] = RuntimeInformation.OSDescription,
        ["processor"] = RuntimeInformation.ProcessArchitecture.ToString(),
    };
}

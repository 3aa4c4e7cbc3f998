using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using LmoDp.Training.Data;
using LmoDp.Training.Record;
using LmoDp.Training.Runs;

namespace LmoDp.Cli.Study;

/// <summary>
/// The folder of a study. <c>cells/NAME</c> holds what a run has come to, its record and statement without the model, and is there as a whole or not at all; <c>running/NAME</c> is the run that is being made, and can be
/// gone on with. Every call adds its cells.
/// </summary>
internal sealed class AccuracyStudy
{
    private const string CellFile = "cell.json";
    private const int LargestCell = 1 << 20;

    private readonly string path;

    private AccuracyStudy(string path) => this.path = path;

    /// <summary>The study in a folder, which is made if it is not there.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="subject">What is studied.</param>
    /// <exception cref="BadInputException">The folder holds the study of something else.</exception>
    public static AccuracyStudy Of(string path, StudySubject subject)
    {
        var file = Path.Combine(path, StudySubject.FileName);
        if (!File.Exists(file) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new BadInputException($"'{path}' is not empty and holds no study: give another --output");
        if (!File.Exists(file))
            AtomicFile.WriteText(file, subject.ToJson());
        else if (BoundedFile.ReadText(file, LargestCell) != subject.ToJson())
            throw new BadInputException($"the study in '{path}' is of another task, other rows or another model: give another --output");
        return new AccuracyStudy(path);
    }

    private string Cells => Path.Combine(path, "cells");

    /// <summary>Whether a cell has its result.</summary>
    public bool Has(AccuracyCell cell) => Directory.Exists(Path.Combine(Cells, cell.Name));

    /// <summary>Makes a cell's run, or goes on with it, and keeps its result; where there is one already, only what a crash left of the run is removed.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="run">Makes a run with the settings that it is given.</param>
    public void Add(AccuracyCell cell, Action<FinetuneSettings> run)
    {
        var output = Path.Combine(path, "running", cell.Name);
        if (!Has(cell))
            Keep(cell, output, run);
        if (Directory.Exists(output))
            Directory.Delete(output, recursive: true);
    }

    private void Keep(AccuracyCell cell, string output, Action<FinetuneSettings> run)
    {
        if (RunRecord.Read(output) is null)
            run(cell.Settings with { Output = output, Resume = RunFolder.HasBegun(output) });
        if (RunRecord.Read(output)?.Steps < cell.Settings.Steps)
        {
            // Steps that were made again after an interruption, on another build or number of threads, were charged again, and the run ended early. It is seeded, so a new one costs nothing.
            Directory.Delete(output, recursive: true);
            run(cell.Settings with { Output = output, Resume = false });
        }
        var kept = Directory.CreateDirectory(Path.Combine(output, "kept")).FullName;
        foreach (var file in new[] { RunRecord.FileName, RunRecord.PageFileName, DpStatement.FileName }.Where(file => File.Exists(Path.Combine(output, file))))
            AtomicFile.WriteText(Path.Combine(kept, file), File.ReadAllText(Path.Combine(output, file)));
        AtomicFile.WriteText(Path.Combine(kept, CellFile), JsonSerializer.Serialize(new CellNote(cell.Noise, cell.Epsilon)) + "\n");
        Directory.CreateDirectory(Cells);
        Directory.Move(kept, Path.Combine(Cells, cell.Name));
    }

    /// <summary>All results, of this call and of those before it.</summary>
    /// <exception cref="BadInputException">A cell cannot be read.</exception>
    public IReadOnlyList<AccuracyResult> Results() => !Directory.Exists(Cells) ? [] :
    [
        .. from folder in Directory.EnumerateDirectories(Cells).Order(StringComparer.Ordinal)
           let note = Note(folder)
           let record = RunRecord.Read(folder) ?? throw new BadInputException($"{folder} has no {RunRecord.FileName}: remove the folder, and its run is made again")
           select new AccuracyResult(note.Noise, note.Epsilon, record),
    ];

    private static CellNote Note(string folder)
    {
        var file = Path.Combine(folder, CellFile);
        try
        {
            return JsonSerializer.Deserialize<CellNote>(BoundedFile.ReadText(file, LargestCell)) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new BadInputException($"{file} is damaged: remove the folder, and its run is made again");
        }
    }

    private sealed record CellNote([property: JsonPropertyName("noise")] string? Noise, [property: JsonPropertyName("epsilon")] double? Epsilon);
}

/// <summary>What one run of a study has come to.</summary>
/// <param name="Noise">The noise as it was asked for; null for a run without privacy.</param>
/// <param name="Claimed">The epsilon asked for, or claimed for published noise.</param>
/// <param name="Record">The run's record.</param>
internal sealed record AccuracyResult(string? Noise, double? Claimed, RunRecord Record)
{
    private const string TestAccuracy = "accuracyTest";

    /// <summary>On the labelled test set, where the task has one; settings are chosen by the other.</summary>
    public double Accuracy => Test ?? Dev;

    /// <summary>On the labelled test set; null where the task has none.</summary>
    public double? Test => Record.Metrics.TryGetValue(TestAccuracy, out var test) ? test : null;

    /// <summary>On the development set; of several (MNLI's) on the first.</summary>
    public double Dev => DevMetric.Value;

    /// <summary>What else was measured: F1 where there are two labels, and other development sets (<see cref="ClassificationMetrics.Compute"/>).</summary>
    public IEnumerable<KeyValuePair<string, double>> Further => Record.Metrics.Where(metric => metric.Key != DevMetric.Key && metric.Key != TestAccuracy).OrderBy(metric => metric.Key, StringComparer.Ordinal);

    private KeyValuePair<string, double> DevMetric => Record.Metrics.First(metric => metric.Key.StartsWith("accuracy", StringComparison.Ordinal));

    /// <summary>Standard deviation of the noise that was added, in clipping norms; null without privacy.</summary>
    /// <remarks>Directions that are clipped jointly have the norm sqrt(K) C: the unit here is C.</remarks>
    public double? NoiseInNorms => Record.Privacy is not { } statement ? null
        : statement.NoiseStandardDeviation / statement.ClippingNorm * (Setting("directionClipping") == "joint" ? Math.Sqrt(double.Parse(Setting("directions"), CultureInfo.InvariantCulture)) : 1);

    /// <summary>What the run's record says of a setting; empty where it says nothing.</summary>
    public string Setting(string name) => Record.Settings.GetValueOrDefault(name, "");
}

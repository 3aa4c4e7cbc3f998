using System.Security.Cryptography;
using System.Text.Json;
using LmoDp.Models;
using LmoDp.Models.Adapters;
using LmoDp.Training.Data;
using LmoDp.Training.Ledger;
using LmoDp.Training.Runs;

namespace LmoDp.Cli.Study;

/// <summary>What all runs of a study have in common: the task, its rows and the model, the latter two by their content.</summary>
/// <param name="Task">The task's name.</param>
/// <param name="Data">Digest of the rows, to train on and to evaluate on.</param>
/// <param name="Model">Digest of the files in the model's folder.</param>
internal sealed record StudySubject(string Task, string Data, string Model)
{
    /// <summary>The file in the study's folder that says it.</summary>
    public const string FileName = "study.json";

    /// <summary>What models and tokenizers are read from; pages for people do not count.</summary>
    private static readonly string[] ModelFiles = [".json", ".safetensors", ".txt", ".model"];

    /// <summary>Reads files and digests them.</summary>
    /// <param name="files">The task and its rows.</param>
    /// <param name="train">The rows to train on.</param>
    /// <param name="model">The model's folder; null for the embedded one.</param>
    /// <exception cref="BadInputException">The rows cannot be read.</exception>
    public static StudySubject Of(ClassificationFiles files, TextDataset train, string? model)
    {
        using var data = new CanonicalHash("study data");
        data.Add("train", train.Digest.Span);
        foreach (var (suffix, rows) in files.ReadEvaluation())
            data.Add("evaluation" + suffix, rows.Digest.Span);
        using var weights = new CanonicalHash("study model");
        var folder = model ?? EmbeddedModel.Folder;
        var inner = Path.Combine(folder, SoftPrompt.FolderName);
        foreach (var file in Directory.EnumerateFiles(folder).Concat(Directory.Exists(inner) ? Directory.EnumerateFiles(inner) : []).Where(file => ModelFiles.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal))
        {
            RegularFile.Require(file);
            using var stream = File.OpenRead(file);
            weights.Add(Path.GetRelativePath(folder, file), SHA256.HashData(stream));
        }
        return new StudySubject(files.Name, Convert.ToHexStringLower(data.Finish()), Convert.ToHexStringLower(weights.Finish()));
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this) + "\n";
}

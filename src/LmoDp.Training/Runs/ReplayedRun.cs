using System.Globalization;
using LmoDp.Models.Adapters;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Layers;
using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Record;
using LmoDp.Training.ZerothOrder;

namespace LmoDp.Training.Runs;

/// <summary>
/// A zeroth-order run's weights, made again from the model that it began with and its ledger, bit by bit: a few kilobytes in place of a checkpoint. Everything in a ledger is public, so this reveals nothing
/// beyond what the run released.
/// </summary>
/// <param name="Run">The run's name.</param>
/// <param name="Steps">Steps replayed: all that the ledger holds.</param>
/// <param name="Planned">Steps of the run's schedule. Where there are more than were replayed and no record says otherwise, the run was interrupted, or its ledger was cut: nobody can tell from the ledger.</param>
/// <param name="Identical">Whether the weights are those that lie beside the ledger; null where none do.</param>
public sealed record ReplayedRun(string Run, int Steps, int Planned, bool? Identical)
{
    private const string Weights = "*.safetensors";

    /// <summary>Replays a run and saves its model.</summary>
    /// <param name="run">The run's output folder, or any folder that holds its ledger.</param>
    /// <param name="model">Folder of the model that the run began with; null for the embedded one.</param>
    /// <param name="output">Folder for the model, which must not exist.</param>
    /// <param name="cancellation">Ends it between two steps.</param>
    /// <exception cref="BadInputException">There is no ledger that can be replayed, it is damaged or not the one that the run's record was made from, or the model is another one.</exception>
    public static ReplayedRun Make(string run, string? model, string output, CancellationToken cancellation = default)
    {
        AtomicFolder.RefuseExisting(output);
        var inner = RunFolder.InnerOf(run);
        var ledger = LedgerHistory.Read(File.Exists(Path.Combine(inner, PrivacyLedger.FileName)) ? inner : run);
        RequireWhole(run, ledger);
        try
        {
            var rule = UpdateRule.Of(ledger.Header);
            var settings = ledger.Header.Settings!;
            using var trained = Load(settings, model);
            var steps = rule.Apply(Begin(trained, settings, model), ledger, cancellation);
            trained.Finish();
            AtomicFolder.Write(output, trained.Save);
            return new ReplayedRun(ledger.Header.Run, steps, ledger.Header.Plan[0].Draws, SameWeights(run, output));
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or OverflowException or ArgumentException)
        {
            throw new BadInputException($"the ledger in '{run}' lacks a setting that a replay needs, or has a malformed one: it is not as this program writes it", e);
        }
    }

    /// <summary>A ledger that was cut at the end of a line is whole in itself. The record of a run that has ended knows how far it went.</summary>
    private static void RequireWhole(string run, LedgerHistory ledger)
    {
        if (RunRecord.Read(run) is not { } record || record.Privacy?.LedgerHash == ledger.Position.Hash)
            return;
        throw new BadInputException(FormattableString.Invariant(
            $"the ledger in '{run}' is not the one that the run's record was made from: it holds {ledger.Trajectory.Count} released steps, the record says {record.Steps}; restore it, or replay it by itself, in a folder of its own"));
    }

    private static TrainedModel Load(IReadOnlyDictionary<string, string> settings, string? model)
    {
        var lora = settings.ContainsKey("loraRank");
        return new TrainedModel(TaskFiles.Of(settings), model, Whole("maxTokens"), Set(settings["trainable"]),
            lora ? Whole("loraRank") : 0, lora ? Number("loraAlpha") : 0, settings.ContainsKey("promptLength") ? Whole("promptLength") : 0, settings.ContainsKey("weights") ? WeightStorage.Mapped : WeightStorage.Memory);

        double Number(string name) => double.Parse(settings[name], CultureInfo.InvariantCulture);
        int Whole(string name) => int.Parse(settings[name], CultureInfo.InvariantCulture);

        static TrainableSet Set(string name)
            => Enum.TryParse<TrainableSet>(name, ignoreCase: true, out var set) && Enum.IsDefined(set) ? set : throw new FormatException($"there is no trainable set '{name}'");
    }

    private static PerturbedParameters Begin(TrainedModel trained, IReadOnlyDictionary<string, string> settings, string? model)
    {
        var parameters = new PerturbedParameters(trained.Parameters, double.Parse(settings["perturbation"], CultureInfo.InvariantCulture));
        if (Convert.ToHexStringLower(TrainingState.DigestOfWeights(trained.Model.Module)) != settings["startingWeights"])
            throw new BadInputException($"{(model is null ? "the embedded model" : $"'{model}'")} is not the model that the run began with ({settings["model"]}): its weights differ");
        return parameters;
    }

    private static bool? SameWeights(string run, string output)
    {
        var beside = Directory.GetFiles(run, Weights);
        if (beside.Length == 0)
            return null;
        var inner = Path.Combine(run, SoftPrompt.FolderName);
        if (Directory.Exists(inner))
            beside = [.. beside, .. Directory.GetFiles(inner, Weights)];
        return beside.Length == Directory.GetFiles(output, Weights, SearchOption.AllDirectories).Length && beside.All(file => Same(file, Path.Combine(output, Path.GetRelativePath(run, file))));
    }

    private static bool Same(string one, string other)
    {
        if (!File.Exists(other) || new FileInfo(one).Length != new FileInfo(other).Length)
            return false;
        using var first = File.OpenRead(one);
        using var second = File.OpenRead(other);
        return System.Security.Cryptography.SHA256.HashData(first).SequenceEqual(System.Security.Cryptography.SHA256.HashData(second));
    }
}

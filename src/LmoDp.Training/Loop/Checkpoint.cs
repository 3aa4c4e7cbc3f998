using System.Globalization;
using LmoDp.Models.Checkpoints;
using LmoDp.Training.Ledger;
using static TorchSharp.torch;

namespace LmoDp.Training.Loop;

/// <summary>
/// A run's state on the disk, one safetensors file that is replaced as a whole: what cannot be told from the ledger (the tensors of <see cref="TrainingState"/>, or nothing), the number of steps done, and for
/// a private run where its ledger and its key stood.
/// </summary>
/// <param name="Step">Steps done.</param>
/// <param name="KeyEpoch">The key's epoch for the steps that follow.</param>
/// <param name="Ledger">The ledger's end; null for a run without privacy.</param>
public sealed record Checkpoint(int Step, int KeyEpoch, LedgerPosition? Ledger)
{
    /// <summary>The file's name in the run folder.</summary>
    public const string FileName = "checkpoint.safetensors";

    /// <summary>Writes the file; it is on the disk when this returns.</summary>
    /// <param name="runFolder">The run folder.</param>
    /// <param name="tensors">What the run goes on from.</param>
    public void Write(string runFolder, IReadOnlyDictionary<string, Tensor> tensors)
    {
        var metadata = new Dictionary<string, string> { ["step"] = Text(Step), ["keyEpoch"] = Text(KeyEpoch) };
        if (Ledger is { } ledger)
            (metadata["ledgerLength"], metadata["ledgerHash"]) = (Text(ledger.Length), ledger.Hash);
        SafetensorsWriter.Write(Path.Combine(runFolder, FileName), tensors, metadata: metadata);
    }

    /// <summary>Where the run stands, without its tensors; null where there is no checkpoint yet.</summary>
    /// <exception cref="BadInputException">The file is damaged.</exception>
    public static Checkpoint? Read(string runFolder)
    {
        var path = Path.Combine(runFolder, FileName);
        if (!File.Exists(path))
            return null;
        using var file = SafetensorsFile.Open(path);
        var ledger = file.Metadata.ContainsKey("ledgerHash") ? new LedgerPosition(Number("ledgerLength", long.MaxValue), file.Metadata["ledgerHash"]) : (LedgerPosition?)null;
        return new Checkpoint((int)Number("step", int.MaxValue), (int)Number("keyEpoch", int.MaxValue), ledger);

        long Number(string key, long most) => file.Metadata.TryGetValue(key, out var text)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= most
            ? value : throw new BadInputException($"'{path}' is no checkpoint of a run: its {key} is missing or malformed");
    }

    /// <summary>Puts the checkpoint's tensors into the state.</summary>
    /// <exception cref="BadInputException">They are not those of this run.</exception>
    public void Restore(string runFolder, TrainingState state)
    {
        using var file = SafetensorsFile.Open(Path.Combine(runFolder, FileName));
        using var scope = NewDisposeScope();
        state.Restore(Step, file.Tensors.ToDictionary(stored => stored.Name, stored => file.Read(stored.Name)));
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

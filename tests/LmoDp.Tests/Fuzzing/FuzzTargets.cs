using System.Text;

namespace LmoDp.Tests.Fuzzing;

/// <summary>Every reader, each in a folder of its own. Corpora are made here; nothing is needed from elsewhere.</summary>
internal sealed class FuzzTargets(string root)
{
    /// <summary>The readers, by name.</summary>
    public static IReadOnlyDictionary<string, Func<FuzzTargets, FuzzTarget>> All { get; } = new (string Name, Func<FuzzTargets, FuzzTarget> Target)[]
    {
        ("safetensors", ModelTargets.Safetensors),
        ("safetensors header", ModelTargets.SafetensorsHeader),
        ("model index", ModelTargets.Index),
        ("encoder config", ModelTargets.EncoderConfig),
        ("decoder config", ModelTargets.DecoderConfig),
        ("classifier folder", ModelTargets.ClassifierFolder),
        ("writer folder", ModelTargets.WriterFolder),
        ("adapter config", ModelTargets.AdapterConfig),
        ("prompt", ModelTargets.Prompt),
        ("vocab.json", TokenizerTargets.Vocabulary),
        ("merges.txt", TokenizerTargets.Merges),
        ("tokenizer_config.json", TokenizerTargets.Settings),
        ("vocab.txt", TokenizerTargets.WordPieces),
        ("tokenizer.model", TokenizerTargets.SentencePieces),
        ("rows.tsv", DataTargets.Tsv),
        ("rows.csv", DataTargets.Csv),
        ("rows.jsonl", DataTargets.JsonLines),
        ("DART", DataTargets.Dart),
        ("E2E", DataTargets.E2e),
        ("metrics", DataTargets.Judged),
        ("composition", NoiseTargets.Composition),
        ("noise file", NoiseTargets.File),
        ("noise text", NoiseTargets.Text),
        ("ledger", RunTargets.Ledger),
        ("ledger records", RunTargets.LedgerRecords),
        ("checkpoint", RunTargets.Checkpoint),
        ("checkpoint metadata", RunTargets.CheckpointMetadata),
        ("run record", RunTargets.Record),
        ("checked record", RunTargets.CheckedRecord),
        ("checked ledger", RunTargets.CheckedLedger),
        ("replayed ledger", RunTargets.ReplayedLedger),
    }.ToDictionary(entry => entry.Name, entry => entry.Target);

    /// <summary>A reader, ready to be given files.</summary>
    public FuzzTarget this[string name] => All[name](this);

    /// <summary>A folder for a reader, two levels below the root, so that what is written beside it shows.</summary>
    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(root, name, "inner")).FullName;

    /// <summary>Texts as files.</summary>
    public static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LmoDp.Models.Tokenizers;

/// <summary>A byte-level byte-pair vocabulary in the layout of GPT-2 and RoBERTa.</summary>
/// <param name="Tokens">By id.</param>
/// <param name="Merges">Most urgent first.</param>
public sealed record BytePairVocabulary(IReadOnlyList<string> Tokens, IReadOnlyList<(string Left, string Right)> Merges)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes vocab.json and merges.txt.</summary>
    public void Save(string folder)
    {
        var ids = Tokens.Select((token, id) => KeyValuePair.Create(token, id)).ToDictionary();
        AtomicFile.WriteText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(ids, Readable));
        var merges = new StringBuilder("#version: 0.2\n");
        foreach (var (left, right) in Merges)
            merges.Append(left).Append(' ').Append(right).Append('\n');
        AtomicFile.WriteText(Path.Combine(folder, "merges.txt"), merges.ToString());
    }
}

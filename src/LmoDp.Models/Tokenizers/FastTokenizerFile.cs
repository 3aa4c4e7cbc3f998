using System.Text.Json.Nodes;
using LmoDp.Models.Checkpoints;

namespace LmoDp.Models.Tokenizers;

/// <summary>
/// tokenizer.json, the layout of Hugging Face's <c>tokenizers</c> library, for a byte-level vocabulary that is lower-cased: vocab.json and merges.txt alone
/// cannot say so to <c>RobertaTokenizerFast</c>.
/// </summary>
internal static class FastTokenizerFile
{
    /// <summary>The text of the file.</summary>
    /// <param name="ids">Id of every entry.</param>
    /// <param name="merges">Pairs of entries, first learnt first.</param>
    /// <param name="specialIds">Id of every special token.</param>
    public static string LowerCaseRoberta(
        IEnumerable<KeyValuePair<string, int>> ids, IEnumerable<(string Left, string Right)> merges, IReadOnlyDictionary<string, int> specialIds)
    {
        var added = specialIds.OrderBy(special => special.Value).Select(special => (JsonNode)new JsonObject
        {
            ["id"] = special.Value,
            ["content"] = special.Key,
            ["single_word"] = false,
            ["lstrip"] = special.Key == "<mask>",
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        });
        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. added]),
            ["normalizer"] = new JsonObject { ["type"] = "Lowercase" },
            ["pre_tokenizer"] = ByteLevelStep(),
            ["post_processor"] = new JsonObject
            {
                ["type"] = "RobertaProcessing",
                ["sep"] = new JsonArray("</s>", specialIds["</s>"]),
                ["cls"] = new JsonArray("<s>", specialIds["<s>"]),
                ["trim_offsets"] = true,
                ["add_prefix_space"] = false,
            },
            ["decoder"] = ByteLevelStep(),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = "",
                ["end_of_word_suffix"] = "",
                ["fuse_unk"] = false,
                ["vocab"] = new JsonObject(ids.OrderBy(entry => entry.Value).Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
                ["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)$"{merge.Left} {merge.Right}")]),
            },
        }.ToJsonString(ConfigJson.Indented) + "\n";
    }

    private static JsonObject ByteLevelStep() => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true };
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace LmoDp.Models.Checkpoints;

/// <summary>The class names in a config.json: <c>id2label</c> with its inverse <c>label2id</c>, or <c>num_labels</c> alone; two classes where none of them is there.</summary>
internal static class LabelMap
{
    /// <summary>The most classes that are believed.</summary>
    public const int Limit = 1 << 16;

    /// <summary>Names by id.</summary>
    /// <exception cref="BadInputException">Ids are not 0, 1, ..., a name is no string or used twice, or there are too many.</exception>
    public static IReadOnlyList<string> Read(ConfigJson file)
    {
        if (file.Object("id2label") is not { } map)
        {
            var count = file.Int("num_labels", file.Object("label2id")?.Count ?? 2);
            return count is >= 1 and <= Limit ? Default(count) : throw file.Wrong("num_labels", string.Create(CultureInfo.InvariantCulture, $"between 1 and {Limit}"));
        }
        if (map.Count is 0 or > Limit)
            throw file.Wrong("id2label", string.Create(CultureInfo.InvariantCulture, $"a map of 1 to {Limit} classes"));
        var names = new string?[map.Count];
        foreach (var (key, value) in map)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id >= names.Length || names[id] is not null)
                throw file.Wrong("id2label", $"a map whose keys are 0 to {names.Length - 1}, each once; found '{key}'");
            names[id] = value is JsonValue text && text.TryGetValue<string>(out var name) ? name : throw file.Wrong("id2label", "a map to class names");
        }
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Length)
            throw file.Wrong("id2label", "a map to class names that differ");
        return names!;
    }

    /// <summary>Writes the names; like transformers, two classes with default names are not written.</summary>
    public static void Write(JsonObject json, IReadOnlyList<string> labels)
    {
        json.Remove("num_labels");
        json.Remove("id2label");
        json.Remove("label2id");
        if (labels.SequenceEqual(Default(2)))
            return;
        var names = new JsonObject();
        var ids = new JsonObject();
        for (var id = 0; id < labels.Count; id++)
        {
            names[id.ToString(CultureInfo.InvariantCulture)] = labels[id];
            ids[labels[id]] = id;
        }
        json["id2label"] = names;
        json["label2id"] = ids;
    }

    /// <summary>Whether a model with the stored names can be one for the wanted classes: they are called the same, or were never named.</summary>
    public static bool Same(IReadOnlyList<string> wanted, IReadOnlyList<string> stored) => wanted.SequenceEqual(stored) || stored.SequenceEqual(Default(wanted.Count));

    /// <summary>LABEL_0 and so on.</summary>
    public static IReadOnlyList<string> Default(int count) => [.. Enumerable.Range(0, count).Select(id => string.Create(CultureInfo.InvariantCulture, $"LABEL_{id}"))];
}

using System.Text.Json.Nodes;
using LmoDp.Models.Checkpoints;

namespace LmoDp.Models;

/// <summary>The sizes and labels of a model: Hugging Face's config.json. Keys that are not known here are kept and written again.</summary>
public abstract record ModelConfig
{
    /// <summary>The document that it was read from; empty for a new model.</summary>
    private protected JsonObject Source { get; init; } = [];

    /// <summary>The family, <c>model_type</c>.</summary>
    public required string ModelType { get; init; }

    /// <summary>Entries of the word table.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Transformer layers.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary>Attention heads; they divide <see cref="HiddenSize"/>.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary>Width of the feed-forward blocks.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Standard deviation of freshly drawn weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Names of the classes, by id.</summary>
    public IReadOnlyList<string> Labels { get; init; } = LabelMap.Default(2);

    /// <summary>Hugging Face's class names for this model, such as <c>RobertaForSequenceClassification</c>.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    /// <summary>Type of the stored weights: <c>float32</c>, <c>float16</c>, <c>bfloat16</c>; null if it is not said.</summary>
    public string? TorchDtype { get; init; } = "float32";

    /// <summary>Number of classes.</summary>
    public int NumLabels => Labels.Count;

    /// <summary>The longest input, special tokens counted.</summary>
    public abstract int MaxTokens { get; }

    /// <summary>Numbers in the embeddings and layers, heads not counted.</summary>
    public abstract long BodyParameterCount { get; }

    /// <summary>Hugging Face's name of the family within class names, such as <c>Roberta</c>.</summary>
    internal abstract string ClassPrefix { get; }

    /// <summary>Checks that the sizes fit together and are of this world.</summary>
    /// <param name="name">What to call the configuration in errors.</param>
    /// <exception cref="BadInputException">They are not.</exception>
    public void Validate(string name = "config.json") => Validate(new ConfigCheck(name));

    /// <summary>The text of config.json as Hugging Face transformers writes it: sorted keys, unknown ones kept.</summary>
    public string ToJson()
    {
        var json = (JsonObject)Source.DeepClone();
        Put("model_type", ModelType);
        Put("vocab_size", VocabSize);
        Put("initializer_range", InitializerRange);
        Put("architectures", new JsonArray([.. Architectures.Select(name => JsonValue.Create(name))]));
        Put(json.ContainsKey("dtype") && !json.ContainsKey("torch_dtype") ? "dtype" : "torch_dtype", TorchDtype);
        foreach (var (key, value) in Entries())
            Put(key, value);
        LabelMap.Write(json, Labels);
        return Sorted(json).ToJsonString(ConfigJson.Indented) + "\n";

        // A value that has not changed keeps its spelling (1e-05, not 1E-05).
        void Put(string key, JsonNode? value)
        {
            if (!json.ContainsKey(key) || !JsonNode.DeepEquals(json[key], value))
                json[key] = value;
        }
    }

    /// <summary>The family's own keys and values.</summary>
    private protected abstract IEnumerable<(string Key, JsonNode? Value)> Entries();

    /// <summary>Checks what all families have; overridden to check more.</summary>
    private protected virtual void Validate(ConfigCheck check)
    {
        check.Within("vocab_size", VocabSize, 1, 1 << 24);
        check.Within("hidden_size", HiddenSize, 1, 1 << 16);
        check.Within("num_hidden_layers", NumHiddenLayers, 1, 1024);
        check.Within("num_attention_heads", NumAttentionHeads, 1, 1024);
        check.Within("intermediate_size", IntermediateSize, 1, 1 << 20);
        check.Within("num_labels", NumLabels, 1, LabelMap.Limit);
        check.Holds(HiddenSize % NumAttentionHeads == 0, $"hidden_size {HiddenSize} is not a multiple of num_attention_heads {NumAttentionHeads}");
        check.Holds(double.IsFinite(InitializerRange) && InitializerRange >= 0, "initializer_range must not be negative");
    }

    /// <summary>The object with its keys in order; the argument is emptied.</summary>
    internal static JsonObject Sorted(JsonObject json)
    {
        var sorted = new JsonObject();
        foreach (var key in json.Select(pair => pair.Key).Order(StringComparer.Ordinal).ToArray())
        {
            var value = json[key];
            json.Remove(key);
            sorted[key] = value;
        }
        return sorted;
    }
}

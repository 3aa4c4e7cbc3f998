using System.Globalization;
using System.Text.Json.Nodes;
using LmoDp.Models.Checkpoints;

namespace LmoDp.Models.Encoders;

/// <summary>The sizes and labels of a BERT or RoBERTa model: Hugging Face's config.json. Keys that are not known here are kept and written again.</summary>
public sealed record EncoderConfig
{
    private const string BertType = "bert", RobertaType = "roberta";
    private JsonObject source = [];

    /// <summary><c>bert</c> or <c>roberta</c>.</summary>
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

    /// <summary>Entries of the position table; for RoBERTa the first <c>PadTokenId + 1</c> of them are no positions.</summary>
    public int MaxPositionEmbeddings { get; init; } = 512;

    /// <summary>Entries of the token-type table.</summary>
    public int TypeVocabSize { get; init; } = 2;

    /// <summary>Added to the variance in every layer norm.</summary>
    public double LayerNormEps { get; init; } = 1e-12;

    /// <summary>Id of the padding token.</summary>
    public int PadTokenId { get; init; }

    /// <summary><c>gelu</c>, <c>gelu_new</c> or <c>relu</c>.</summary>
    public string HiddenAct { get; init; } = "gelu";

    /// <summary>Dropout after each block. Kept for other programs: this one never drops out.</summary>
    public double HiddenDropoutProb { get; init; } = 0.1;

    /// <summary>Dropout of attention weights. Kept for other programs.</summary>
    public double AttentionProbsDropoutProb { get; init; } = 0.1;

    /// <summary>Dropout before the classifier, null for <see cref="HiddenDropoutProb"/>. Kept for other programs.</summary>
    public double? ClassifierDropout { get; init; }

    /// <summary>Standard deviation of freshly drawn weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Names of the classes, by id.</summary>
    public IReadOnlyList<string> Labels { get; init; } = LabelMap.Default(2);

    /// <summary>Hugging Face's class names for this model, such as <c>RobertaForSequenceClassification</c>.</summary>
    public IReadOnlyList<string> Architectures { get; init; } = [];

    /// <summary>Whether the masked-LM head shares the word table.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <summary>Type of the stored weights: <c>float32</c>, <c>float16</c>, <c>bfloat16</c>; null if it is not said.</summary>
    public string? TorchDtype { get; init; } = "float32";

    /// <summary>Number of classes.</summary>
    public int NumLabels => Labels.Count;

    /// <summary>The longest input, special tokens counted.</summary>
    public int MaxTokens => ModelType == RobertaType ? MaxPositionEmbeddings - PadTokenId - 1 : MaxPositionEmbeddings;

    /// <summary>Numbers in the embeddings and layers, heads not counted.</summary>
    public long BodyParameterCount
    {
        get
        {
            long hidden = HiddenSize;
            var layer = 4 * (hidden + 1) * hidden + (2 * hidden + 1) * IntermediateSize + 5 * hidden;
            return ((long)VocabSize + MaxPositionEmbeddings + TypeVocabSize + 2) * hidden + NumHiddenLayers * layer;
        }
    }

    /// <summary>Reads and checks the text of a config.json.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="BadInputException">It is malformed, or describes no model that can be built here.</exception>
    public static EncoderConfig FromJson(string json, string name = "config.json")
    {
        var file = ConfigJson.Parse(json, name);
        var type = file.Text("model_type") ?? throw new BadInputException($"{name}: model_type is missing");
        if (type is not (BertType or RobertaType))
            throw new BadInputException($"{name}: model_type '{type}' is no encoder that is known here: bert, roberta");
        if ((file.Text("position_embedding_type") ?? "absolute") != "absolute")
            throw new BadInputException($"{name}: only position_embedding_type 'absolute' is supported");
        if (file.Flag("is_decoder", false) || file.Flag("add_cross_attention", false))
            throw new BadInputException($"{name}: the model is a decoder (is_decoder or add_cross_attention); only encoders are supported here");
        var config = new EncoderConfig
        {
            ModelType = type,
            VocabSize = file.Int("vocab_size"),
            HiddenSize = file.Int("hidden_size"),
            NumHiddenLayers = file.Int("num_hidden_layers"),
            NumAttentionHeads = file.Int("num_attention_heads"),
            IntermediateSize = file.Int("intermediate_size"),
            MaxPositionEmbeddings = file.Int("max_position_embeddings", 512),
            TypeVocabSize = file.Int("type_vocab_size", 2),
            LayerNormEps = file.Number("layer_norm_eps", 1e-12),
            PadTokenId = file.Int("pad_token_id", type == RobertaType ? 1 : 0),
            HiddenAct = file.Text("hidden_act") ?? "gelu",
            HiddenDropoutProb = file.Number("hidden_dropout_prob", 0.1),
            AttentionProbsDropoutProb = file.Number("attention_probs_dropout_prob", 0.1),
            ClassifierDropout = file.Number("classifier_dropout"),
            InitializerRange = file.Number("initializer_range", 0.02),
            Labels = LabelMap.Read(file),
            Architectures = file.Texts("architectures"),
            TieWordEmbeddings = file.Flag("tie_word_embeddings", true),
            TorchDtype = file.Text("torch_dtype") ?? file.Text("dtype"),
            source = file.Root,
        };
        config.Validate(name);
        return config;
    }

    /// <summary>Checks that the sizes fit together and are of this world.</summary>
    /// <param name="name">What to call the configuration in errors.</param>
    /// <exception cref="BadInputException">They are not.</exception>
    public void Validate(string name = "config.json")
    {
        Within("vocab_size", VocabSize, 1, 1 << 24);
        Within("hidden_size", HiddenSize, 1, 1 << 16);
        Within("num_hidden_layers", NumHiddenLayers, 1, 1024);
        Within("num_attention_heads", NumAttentionHeads, 1, 1024);
        Within("intermediate_size", IntermediateSize, 1, 1 << 20);
        Within("max_position_embeddings", MaxPositionEmbeddings, 1, 1 << 20);
        Within("type_vocab_size", TypeVocabSize, 1, 1024);
        Within("pad_token_id", PadTokenId, 0, VocabSize - 1);
        Within("num_labels", NumLabels, 1, LabelMap.Limit);
        Check(HiddenSize % NumAttentionHeads == 0, $"hidden_size {HiddenSize} is not a multiple of num_attention_heads {NumAttentionHeads}");
        Check(MaxTokens >= 1, $"max_position_embeddings {MaxPositionEmbeddings} leaves no position after pad_token_id {PadTokenId}");
        Check(double.IsFinite(LayerNormEps) && LayerNormEps is > 0 and < 1, "layer_norm_eps must lie between 0 and 1");
        Check(double.IsFinite(InitializerRange) && InitializerRange >= 0, "initializer_range must not be negative");
        Check(HiddenAct is "gelu" or "gelu_new" or "relu", $"hidden_act '{HiddenAct}' is not known: gelu, gelu_new, relu");
        foreach (var (key, rate) in new[]
                 {
                     ("hidden_dropout_prob", HiddenDropoutProb), ("attention_probs_dropout_prob", AttentionProbsDropoutProb), ("classifier_dropout", ClassifierDropout ?? 0),
                 })
        {
            Check(rate is >= 0 and <= 1, $"{key} must lie between 0 and 1");
        }

        void Within(string key, int value, int least, int most) => Check(value >= least && value <= most, string.Create(CultureInfo.InvariantCulture, $"{key} is {value}, but must lie between {least} and {most}"));

        void Check(bool holds, string otherwise)
        {
            if (!holds)
                throw new BadInputException($"{name}: {otherwise}");
        }
    }

    /// <summary>The text of config.json as Hugging Face transformers writes it: sorted keys, unknown ones kept.</summary>
    public string ToJson()
    {
        var json = (JsonObject)source.DeepClone();
        Put("model_type", ModelType);
        Put("vocab_size", VocabSize);
        Put("hidden_size", HiddenSize);
        Put("num_hidden_layers", NumHiddenLayers);
        Put("num_attention_heads", NumAttentionHeads);
        Put("intermediate_size", IntermediateSize);
        Put("max_position_embeddings", MaxPositionEmbeddings);
        Put("type_vocab_size", TypeVocabSize);
        Put("layer_norm_eps", LayerNormEps);
        Put("pad_token_id", PadTokenId);
        Put("hidden_act", HiddenAct);
        Put("hidden_dropout_prob", HiddenDropoutProb);
        Put("attention_probs_dropout_prob", AttentionProbsDropoutProb);
        Put("classifier_dropout", ClassifierDropout is { } dropout ? JsonValue.Create(dropout) : null);
        Put("initializer_range", InitializerRange);
        Put("position_embedding_type", "absolute");
        Put("architectures", new JsonArray([.. Architectures.Select(name => JsonValue.Create(name))]));
        if (!TieWordEmbeddings || json.ContainsKey("tie_word_embeddings"))
            Put("tie_word_embeddings", TieWordEmbeddings);
        Put(json.ContainsKey("dtype") && !json.ContainsKey("torch_dtype") ? "dtype" : "torch_dtype", TorchDtype);
        LabelMap.Write(json, Labels);

        var sorted = new JsonObject();
        foreach (var key in json.Select(pair => pair.Key).Order(StringComparer.Ordinal).ToArray())
        {
            var value = json[key];
            json.Remove(key);
            sorted[key] = value;
        }
        return sorted.ToJsonString(ConfigJson.Indented) + "\n";

        // A value that has not changed keeps its spelling (1e-05, not 1E-05).
        void Put(string key, JsonNode? value)
        {
            if (!json.ContainsKey(key) || !JsonNode.DeepEquals(json[key], value))
                json[key] = value;
        }
    }
}

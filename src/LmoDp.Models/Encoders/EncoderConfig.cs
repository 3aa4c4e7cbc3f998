using System.Text.Json.Nodes;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Layers;

namespace LmoDp.Models.Encoders;

/// <summary>The sizes and labels of a BERT or RoBERTa model.</summary>
public sealed record EncoderConfig : ModelConfig
{
    private const string BertType = "bert", RobertaType = "roberta";

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

    /// <summary>Whether the masked-LM head shares the word table.</summary>
    public bool TieWordEmbeddings { get; init; } = true;

    /// <inheritdoc/>
    public override int MaxTokens => ModelType == RobertaType ? MaxPositionEmbeddings - PadTokenId - 1 : MaxPositionEmbeddings;

    /// <inheritdoc/>
    public override long BodyParameterCount
    {
        get
        {
            long hidden = HiddenSize;
            var layer = 4 * (hidden + 1) * hidden + (2 * hidden + 1) * IntermediateSize + 5 * hidden;
            return ((long)VocabSize + MaxPositionEmbeddings + TypeVocabSize + 2) * hidden + NumHiddenLayers * layer;
        }
    }

    /// <inheritdoc/>
    internal override string ClassPrefix => ModelType == BertType ? "Bert" : "Roberta";

    /// <summary>Whether a family is of encoders.</summary>
    internal static bool Knows(string modelType) => modelType is BertType or RobertaType;

    /// <summary>Reads and checks the text of a config.json.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="BadInputException">It is malformed, or describes no model that can be built here.</exception>
    public static EncoderConfig FromJson(string json, string name = "config.json")
    {
        var file = ConfigJson.Parse(json, name);
        var type = file.Text("model_type") ?? throw new BadInputException($"{name}: model_type is missing");
        if (!Knows(type))
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
            Source = file.Root,
        };
        config.Validate(name);
        return config;
    }

    private protected override void Validate(ConfigCheck check)
    {
        base.Validate(check);
        check.Within("max_position_embeddings", MaxPositionEmbeddings, 1, 1 << 20);
        check.Within("type_vocab_size", TypeVocabSize, 1, 1024);
        check.Within("pad_token_id", PadTokenId, 0, VocabSize - 1);
        check.Holds(MaxTokens >= 1, $"max_position_embeddings {MaxPositionEmbeddings} leaves no position after pad_token_id {PadTokenId}");
        check.NormEpsilon("layer_norm_eps", LayerNormEps);
        check.Holds(Activations.Knows(HiddenAct), $"hidden_act '{HiddenAct}' is not known: {Activations.Names}");
        check.Rates(("hidden_dropout_prob", HiddenDropoutProb), ("attention_probs_dropout_prob", AttentionProbsDropoutProb), ("classifier_dropout", ClassifierDropout ?? 0));
    }

    private protected override IEnumerable<(string Key, JsonNode? Value)> Entries()
    {
        yield return ("hidden_size", HiddenSize);
        yield return ("num_hidden_layers", NumHiddenLayers);
        yield return ("num_attention_heads", NumAttentionHeads);
        yield return ("intermediate_size", IntermediateSize);
        yield return ("max_position_embeddings", MaxPositionEmbeddings);
        yield return ("type_vocab_size", TypeVocabSize);
        yield return ("layer_norm_eps", LayerNormEps);
        yield return ("pad_token_id", PadTokenId);
        yield return ("hidden_act", HiddenAct);
        yield return ("hidden_dropout_prob", HiddenDropoutProb);
        yield return ("attention_probs_dropout_prob", AttentionProbsDropoutProb);
        yield return ("classifier_dropout", ClassifierDropout);
        yield return ("position_embedding_type", "absolute");
        if (!TieWordEmbeddings || Source.ContainsKey("tie_word_embeddings"))
            yield return ("tie_word_embeddings", TieWordEmbeddings);
    }
}

using System.Text.Json.Nodes;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Layers;

namespace LmoDp.Models.Decoders;

/// <summary>The sizes of a GPT-2 or Llama model. Both families' keys are read into the same properties.</summary>
public sealed record DecoderConfig : ModelConfig
{
    private const string Gpt2Type = "gpt2", LlamaType = "llama";

    /// <summary>Heads of keys and values; each serves an equal share of the attention heads (Ainslie et al. 2023). Null for as many as attention heads.</summary>
    public int? NumKeyValueHeads { get; init; }

    /// <summary>Most tokens of a text; GPT-2 has a table of positions of that length.</summary>
    public int MaxPositionEmbeddings { get; init; } = 1024;

    /// <summary>Added to the variance or mean square in every norm.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>The feed-forward blocks' activation.</summary>
    public required string Activation { get; init; }

    /// <summary>Base of the rotary wavelengths (Su et al. 2021, section 3.2.2); Llama only.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Whether the language model's head shares the word table.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>Id of the token that opens a text; null for none.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Id of the token that ends a text; null for none.</summary>
    public int? EosTokenId { get; init; }

    /// <summary>Id of the padding token; null where the model has none.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Whether it is a GPT-2; else it is a Llama.</summary>
    public bool IsGpt2 => ModelType == Gpt2Type;

    /// <summary>Whether it is a Llama.</summary>
    public bool IsLlama => !IsGpt2;

    /// <summary>Heads of keys and values.</summary>
    public int KeyValueHeads => NumKeyValueHeads ?? NumAttentionHeads;

    /// <summary>Width of an attention head.</summary>
    public int HeadSize => HiddenSize / NumAttentionHeads;

    /// <inheritdoc/>
    public override int MaxTokens => MaxPositionEmbeddings;

    /// <inheritdoc/>
    public override long BodyParameterCount
    {
        get
        {
            long hidden = HiddenSize, inner = IntermediateSize;
            return IsGpt2
                ? ((long)VocabSize + MaxPositionEmbeddings + 2) * hidden + NumHiddenLayers * (4 * (hidden + 1) * hidden + (2 * hidden + 1) * inner + 5 * hidden)
                : (VocabSize + 1L) * hidden + NumHiddenLayers * (2 * (hidden + (long)KeyValueHeads * HeadSize) * hidden + 3 * hidden * inner + 2 * hidden);
        }
    }

    /// <inheritdoc/>
    internal override string ClassPrefix => IsGpt2 ? "GPT2" : "Llama";

    /// <summary>The version of transformers that wrote the configuration; null if it is not said.</summary>
    internal JsonNode? TransformersVersion => Source["transformers_version"]?.DeepClone();

    /// <summary>What Hugging Face calls the body within a model.</summary>
    internal string BodyName => IsGpt2 ? "transformer" : "model";

    /// <summary>Whether a family is of decoders.</summary>
    internal static bool Knows(string modelType) => modelType is Gpt2Type or LlamaType;

    /// <summary>Reads and checks the text of a config.json.</summary>
    /// <param name="json">The text.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <exception cref="BadInputException">It is malformed, or describes no model that can be built here.</exception>
    public static DecoderConfig FromJson(string json, string name = "config.json")
    {
        var file = ConfigJson.Parse(json, name);
        var type = file.Text("model_type") ?? throw new BadInputException($"{name}: model_type is missing");
        if (!Knows(type))
            throw new BadInputException($"{name}: model_type '{type}' is no decoder that is known here: gpt2, llama");
        var config = type == Gpt2Type ? Gpt2(file) : Llama(file);
        config = config with
        {
            InitializerRange = file.Number("initializer_range", 0.02),
            Labels = LabelMap.Read(file),
            Architectures = file.Texts("architectures"),
            TieWordEmbeddings = file.Flag("tie_word_embeddings", type == Gpt2Type),
            BosTokenId = file.IntOrNull("bos_token_id"),
            EosTokenId = file.IntOrNull("eos_token_id"),
            PadTokenId = file.IntOrNull("pad_token_id"),
            TorchDtype = file.Text("torch_dtype") ?? file.Text("dtype"),
            Source = file.Root,
        };
        config.Validate(name);
        return config;
    }

    private static DecoderConfig Gpt2(ConfigJson file)
    {
        if (!file.Flag("scale_attn_weights", true) || file.Flag("scale_attn_by_inverse_layer_idx", false) || file.Flag("add_cross_attention", false))
            throw file.Wrong("scale_attn_weights, scale_attn_by_inverse_layer_idx and add_cross_attention", "true, false and false: other kinds of attention are not supported");
        var hidden = file.Int("n_embd");
        return new DecoderConfig
        {
            ModelType = Gpt2Type,
            VocabSize = file.Int("vocab_size"),
            HiddenSize = hidden,
            NumHiddenLayers = file.Int("n_layer"),
            NumAttentionHeads = file.Int("n_head"),
            IntermediateSize = file.Int("n_inner", (int)Math.Min(4L * hidden, int.MaxValue)),
            MaxPositionEmbeddings = file.Int("n_positions", 1024),
            NormEps = file.Number("layer_norm_epsilon", 1e-5),
            Activation = file.Text("activation_function") ?? "gelu_new",
        };
    }

    private static DecoderConfig Llama(ConfigJson file)
    {
        if (file.Has("rope_scaling"))
            throw file.Wrong("rope_scaling", "null: scaled rotary embeddings are not supported");
        if (file.Flag("attention_bias", false) || file.Flag("mlp_bias", false))
            throw file.Wrong("attention_bias and mlp_bias", "false: biases are not supported");
        var config = new DecoderConfig
        {
            ModelType = LlamaType,
            VocabSize = file.Int("vocab_size"),
            HiddenSize = file.Int("hidden_size"),
            NumHiddenLayers = file.Int("num_hidden_layers"),
            NumAttentionHeads = file.Int("num_attention_heads"),
            NumKeyValueHeads = file.IntOrNull("num_key_value_heads"),
            IntermediateSize = file.Int("intermediate_size"),
            MaxPositionEmbeddings = file.Int("max_position_embeddings", 2048),
            NormEps = file.Number("rms_norm_eps", 1e-6),
            RopeTheta = file.Number("rope_theta", 10000),
            Activation = file.Text("hidden_act") ?? "silu",
        };
        if (file.IntOrNull("head_dim") is { } size && (long)size * config.NumAttentionHeads != config.HiddenSize)
            throw file.Wrong("head_dim", "hidden_size / num_attention_heads");
        return config;
    }

    private protected override void Validate(ConfigCheck check)
    {
        base.Validate(check);
        check.Within("max_position_embeddings", MaxPositionEmbeddings, 1, 1 << 20);
        check.Within("num_key_value_heads", KeyValueHeads, 1, NumAttentionHeads);
        check.Holds(NumAttentionHeads % KeyValueHeads == 0, $"num_attention_heads {NumAttentionHeads} is not a multiple of num_key_value_heads {KeyValueHeads}");
        check.Holds(IsGpt2 || HeadSize % 2 == 0, $"heads of {HeadSize} numbers cannot be rotated: hidden_size / num_attention_heads must be even");
        check.NormEpsilon(IsGpt2 ? "layer_norm_epsilon" : "rms_norm_eps", NormEps);
        check.Holds(double.IsFinite(RopeTheta) && RopeTheta >= 1, "rope_theta must be at least 1");
        check.Holds(Activations.Knows(Activation), $"the activation '{Activation}' is not known: {Activations.Names}");
        foreach (var (key, id) in new[] { ("bos_token_id", BosTokenId), ("eos_token_id", EosTokenId), ("pad_token_id", PadTokenId) })
        {
            if (id is { } token)
                check.Within(key, token, 0, VocabSize - 1);
        }
    }

    private protected override IEnumerable<(string Key, JsonNode? Value)> Entries() => (IsGpt2 ? Gpt2Entries() : LlamaEntries()).Concat(
        new (string Key, JsonNode? Value)[] { ("bos_token_id", BosTokenId), ("eos_token_id", EosTokenId), ("pad_token_id", PadTokenId) }
            .Where(entry => entry.Value is not null || Source.ContainsKey(entry.Key)));

    private IEnumerable<(string Key, JsonNode? Value)> Gpt2Entries()
    {
        yield return ("n_embd", HiddenSize);
        yield return ("n_layer", NumHiddenLayers);
        yield return ("n_head", NumAttentionHeads);
        yield return ("n_inner", IntermediateSize == 4 * HiddenSize && Source["n_inner"] is null ? null : IntermediateSize);
        yield return ("n_positions", MaxPositionEmbeddings);
        yield return ("layer_norm_epsilon", NormEps);
        yield return ("activation_function", Activation);
        if (!TieWordEmbeddings || Source.ContainsKey("tie_word_embeddings"))
            yield return ("tie_word_embeddings", TieWordEmbeddings);
    }

    private IEnumerable<(string Key, JsonNode? Value)> LlamaEntries()
    {
        yield return ("hidden_size", HiddenSize);
        yield return ("num_hidden_layers", NumHiddenLayers);
        yield return ("num_attention_heads", NumAttentionHeads);
        yield return ("num_key_value_heads", KeyValueHeads);
        yield return ("intermediate_size", IntermediateSize);
        yield return ("max_position_embeddings", MaxPositionEmbeddings);
        yield return ("rms_norm_eps", NormEps);
        yield return ("rope_theta", RopeTheta);
        yield return ("hidden_act", Activation);
        yield return ("tie_word_embeddings", TieWordEmbeddings);
    }
}

using System.Text.Json.Nodes;
using LmoDp.Models.Checkpoints;
using LmoDp.Models.Decoders;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Adapters;

/// <summary>
/// Trained vectors before a text, in place of the embeddings of words (Lester, Al-Rfou, Constant 2021, "prompt tuning"). The model reads them as tokens of their own, whose ids follow the vocabulary's
/// (<see cref="Ids"/>): positions, masks and lengths count them like any other, and only the word table is told that they are none of its words. The vectors become the sub-module <c>prompt_embeddings</c>.
/// <para>
/// They are stored in the layout of Hugging Face's PEFT (<c>PROMPT_TUNING</c>) in a folder within the model's: adapter_config.json, and adapter_model.safetensors with the tensor <c>prompt_embeddings</c>,
/// <c>[vectors, hidden]</c>.
/// </para>
/// </summary>
public sealed class SoftPrompt
{
    /// <summary>The folder within the model's.</summary>
    public const string FolderName = "soft_prompt";

    private const string Module = "prompt_embeddings", ConfigFile = "adapter_config.json", WeightsFile = "adapter_model.safetensors";
    private const int LargestConfig = 4 << 20;

    private static readonly string[] WordTables = ["word_embeddings", "wte", "embed_tokens"];

    private readonly ModelConfig config;
    private readonly Embedding vectors;

    // Kept: TorchSharp does not keep a temporary one alive during the native call.
    private readonly Scalar firstId, toFirstId, lastWord, zero = 0L;

    private SoftPrompt(ModelConfig config, Embedding vectors, int length)
    {
        (this.config, this.vectors) = (config, vectors);
        (firstId, toFirstId, lastWord) = ((long)config.VocabSize, -(long)config.VocabSize, (long)config.VocabSize - 1);
        Ids = [.. Enumerable.Range(config.VocabSize, length)];
    }

    /// <summary>The ids that stand for the vectors, in their order: to be put before the ids of a text.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>Whether a parameter belongs to a soft prompt, by its name.</summary>
    public static bool Owns(string name) => name.StartsWith(Module + '.', StringComparison.Ordinal);

    /// <summary>Gives a model a prompt of vectors from its own word table: that of the opening token, whose place the first takes, and those of words drawn from a seed.</summary>
    /// <param name="model">Any model whose word table is run through <c>call</c>; changed in place.</param>
    /// <param name="config">Its sizes.</param>
    /// <param name="length">Number of vectors.</param>
    /// <param name="openingId">The token that opens texts; null where the model has none.</param>
    /// <param name="seed">The same words on every machine.</param>
    /// <exception cref="BadInputException">The prompt leaves no room for a text.</exception>
    public static SoftPrompt Attach(nn.Module model, ModelConfig config, int length, int? openingId, long seed)
    {
        var table = WordTable(model);
        var prompt = Attach(model, table, config, length);
        var random = SeededRandom.Stream(seed, length);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var words = Enumerable.Range(0, length).Select(i => i == 0 && openingId is { } opening ? opening : random.NextInt64(config.VocabSize)).ToArray();
        prompt.vectors.weight!.copy_(table.weight!.index_select(0, tensor(words, device: table.weight.device)));
        return prompt;
    }

    /// <summary>The prompt that a model's folder holds; null where it holds none.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="model">The model, changed in place.</param>
    /// <param name="config">Its sizes.</param>
    /// <exception cref="BadInputException">The prompt is malformed, or not for this model.</exception>
    public static SoftPrompt? Read(string folder, nn.Module model, ModelConfig config)
    {
        if (!Holds(folder))
            return null;
        var path = Path.Combine(folder, FolderName, ConfigFile);
        var json = ConfigJson.Parse(BoundedFile.ReadText(path, LargestConfig), path);
        if (json.Text("peft_type") != "PROMPT_TUNING" || json.Int("num_transformer_submodules", 1) != 1)
            throw json.Wrong("peft_type", "PROMPT_TUNING of one transformer");
        if (json.Int("token_dim") != config.HiddenSize)
            throw json.Wrong("token_dim", $"{config.HiddenSize}, the model's width");
        using var weights = WeightFiles.OpenFile(Path.Combine(folder, FolderName, WeightsFile));
        var prompt = Attach(model, WordTable(model), config, json.Int("num_virtual_tokens"));
        using var table = prompt.vectors.weight!;
        ParameterLoading.Fill(table, weights, weights.Find(Module));
        return prompt;
    }

    /// <summary>Whether a model's folder holds a prompt too, whole or not: a model is not read as if it had none.</summary>
    public static bool Holds(string folder) => Path.Exists(Path.Combine(folder, FolderName));

    /// <summary>Writes the prompt into a model's existing folder.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="model">The model.</param>
    public void Save(string folder, nn.Module model)
    {
        var inner = Directory.CreateDirectory(Path.Combine(folder, FolderName)).FullName;
        SafetensorsWriter.Write(Path.Combine(inner, WeightsFile), new Dictionary<string, Tensor> { [Module] = vectors.weight! });
        var json = new JsonObject
        {
            ["peft_type"] = "PROMPT_TUNING",
            ["task_type"] = model is CausalLanguageModel ? "CAUSAL_LM" : "SEQ_CLS",
            ["base_model_name_or_path"] = "..",
            ["num_virtual_tokens"] = Ids.Count,
            ["token_dim"] = config.HiddenSize,
            ["num_transformer_submodules"] = 1,
            ["num_attention_heads"] = config.NumAttentionHeads,
            ["num_layers"] = config.NumHiddenLayers,
            ["prompt_tuning_init"] = "RANDOM",
            ["inference_mode"] = true,
        };
        AtomicFile.WriteText(Path.Combine(inner, ConfigFile), json.ToJsonString(ConfigJson.Indented) + "\n");
    }

    private static Embedding WordTable(nn.Module model) => model.named_modules().Where(entry => WordTables.Contains(entry.name[(entry.name.LastIndexOf('.') + 1)..])).Select(entry => entry.module).OfType<Embedding>().First();

    private static SoftPrompt Attach(nn.Module model, Embedding table, ModelConfig config, int length)
    {
        if (length < 1 || length > config.MaxTokens / 2)
            throw new BadInputException(FormattableString.Invariant($"a prompt of {length} vectors does not fit: the model reads {config.MaxTokens} tokens, give 1 to {config.MaxTokens / 2}"));
        using var weight = table.weight!; // a new object at each call
        var type = weight.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var vectors = nn.Embedding(length, config.HiddenSize, dtype: type, device: weight.device);
        model.register_module(Module, vectors);
        var prompt = new SoftPrompt(config, vectors, length);
        Tensor? read = null;
        table.register_forward_pre_hook((_, ids) => (read = ids).clamp(max: prompt.lastWord));
        table.register_forward_hook((_, _, words) => prompt.InPlaceOfWords(read!, words));
        return prompt;
    }

    /// <summary>The embeddings of words, with the prompt's vectors where ids are theirs.</summary>
    private Tensor InPlaceOfWords(Tensor ids, Tensor words)
    {
        var mine = vectors.call(ids.Plus(toFirstId).clamp(min: zero));
        return where(ids.ge(firstId).unsqueeze(-1), mine.to(words.dtype), words);
    }
}

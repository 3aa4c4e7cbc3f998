using LmoDp.Models;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>Where pre-training starts from: freshly drawn weights and a vocabulary of its own, or a model that there is already (continued pre-training: Gururangan et al. 2020).</summary>
/// <typeparam name="TTokenizer">The model's kind of tokenizer.</typeparam>
/// <typeparam name="TModel">The kind of model.</typeparam>
public abstract class PretrainingStart<TTokenizer, TModel>
    where TTokenizer : TextTokenizer
    where TModel : nn.Module
{
    private protected PretrainingStart()
    {
    }

    /// <summary>One canonical text that tells this start from others.</summary>
    public abstract string Describe();

    /// <summary>Refuses a model that cannot be trained so.</summary>
    /// <param name="longestSpan">Tokens of the longest span, special tokens included.</param>
    /// <exception cref="BadInputException">Its sizes do not fit, or it takes fewer tokens.</exception>
    public abstract void Check(int longestSpan);

    /// <summary>The tokenizer.</summary>
    /// <param name="folder">The run's folder: what is learned is kept there, for a run that goes on.</param>
    /// <param name="documents">The text.</param>
    public abstract TTokenizer Tokenizer(string folder, Func<IEnumerable<string>> documents);

    /// <summary>The model as training finds it.</summary>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="seed">Of fresh weights.</param>
    public abstract TModel Model(TTokenizer tokenizer, long seed);

    /// <summary>Fills the head that is trained along with what a model has learned before; a fresh one has nothing.</summary>
    /// <param name="head">Parameters as freshly drawn, changed in place.</param>
    public virtual void FillHead(nn.Module head)
    {
    }

    /// <summary>Describes a model that there is already.</summary>
    private protected static string Given(string folder, int? layers) => Path.GetFullPath(folder) + (layers is { } depth ? $" stacked to {depth} layers" : "");

    /// <summary>Refuses models that are too short for the spans, and a depth that they cannot grow to.</summary>
    private protected static void CheckSizes(string folder, ModelConfig config, int longestSpan, int? layers)
    {
        if (config.MaxTokens < longestSpan)
            throw new BadInputException($"the model in '{folder}' takes {config.MaxTokens} tokens, and pre-training uses spans of {longestSpan}");
        if (layers is { } depth)
            LayerStacking.Check(config.NumHiddenLayers, depth);
    }

    /// <summary>The deeper model with what the shallower one has learned; the latter is disposed.</summary>
    private protected static TModel Grown(TModel shallower, TModel deeper, int layers)
    {
        using (shallower)
            LayerStacking.Copy(deeper, shallower, layers);
        return deeper;
    }

    /// <summary>Learns a byte-level vocabulary, unless an interrupted run has done so.</summary>
    private protected static void LearnVocabulary(string folder, Func<IEnumerable<string>> documents, int size, IReadOnlyList<string> specialTokens, bool lowerCase)
    {
        if (File.Exists(Path.Combine(folder, PretrainingRecipe.MergesFile)))
            return;
        var trainer = new BytePairTrainer();
        foreach (var document in documents())
            trainer.Add(lowerCase ? document.ToLowerInvariant() : document);
        if (lowerCase)
            AtomicFile.WriteText(Path.Combine(folder, "tokenizer_config.json"), "{\"do_lower_case\": true}\n");
        trainer.Train(size, specialTokens).Save(folder);
    }
}

using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using LmoDp.Models.Tokenizers;

namespace LmoDp.Training.Pretraining;

/// <summary>Where pre-training starts from: freshly drawn weights and a vocabulary of its own, or a model that there is already.</summary>
public abstract class PretrainingStart
{
    /// <summary>One canonical text that tells this start from others.</summary>
    public abstract string Describe();

    /// <summary>Refuses a model that cannot be trained so.</summary>
    /// <param name="longestSpan">Tokens of the longest span, special tokens included.</param>
    /// <exception cref="BadInputException">It takes fewer tokens.</exception>
    public abstract void Check(int longestSpan);

    /// <summary>The tokenizer.</summary>
    /// <param name="folder">The run's folder: what is learned is kept there, for a run that goes on.</param>
    /// <param name="documents">The text.</param>
    public abstract EncoderTokenizer Tokenizer(string folder, Func<IEnumerable<string>> documents);

    /// <summary>The model as training finds it.</summary>
    /// <param name="vocabulary">Entries of the tokenizer.</param>
    /// <param name="seed">Of fresh weights.</param>
    public abstract MaskedLanguageModel Model(int vocabulary, long seed);
}

/// <summary>Fresh weights; the vocabulary is learned from the text.</summary>
/// <param name="config">Sizes; the vocabulary's is the largest allowed.</param>
public sealed class FreshStart(EncoderConfig config) : PretrainingStart
{
    private static readonly string[] Specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

    /// <inheritdoc/>
    public override string Describe() => config.ToJson();

    /// <inheritdoc/>
    public override void Check(int longestSpan) => config.Validate("pretrain");

    /// <inheritdoc/>
    public override EncoderTokenizer Tokenizer(string folder, Func<IEnumerable<string>> documents)
    {
        if (!File.Exists(Path.Combine(folder, "merges.txt")))
        {
            var trainer = new BytePairTrainer();
            foreach (var document in documents())
                trainer.Add(document.ToLowerInvariant());
            AtomicFile.WriteText(Path.Combine(folder, "tokenizer_config.json"), "{\"do_lower_case\": true}\n");
            trainer.Train(config.VocabSize, Specials).Save(folder);
        }
        return EncoderTokenizer.Load(folder);
    }

    /// <inheritdoc/>
    public override MaskedLanguageModel Model(int vocabulary, long seed)
    {
        var model = new MaskedLanguageModel(config with { VocabSize = vocabulary });
        Initialization.Normal(model, config.InitializerRange, seed);
        return model;
    }
}

/// <summary>Goes on from a masked-LM, with its vocabulary, on other text or with another objective (continued pre-training: Gururangan et al. 2020).</summary>
/// <param name="folder">A RoBERTa or BERT masked-LM in the Hugging Face layout.</param>
public sealed class ModelStart(string folder) : PretrainingStart
{
    /// <inheritdoc/>
    public override string Describe() => Path.GetFullPath(folder);

    /// <inheritdoc/>
    public override EncoderTokenizer Tokenizer(string runFolder, Func<IEnumerable<string>> documents) => EncoderTokenizer.Load(folder);

    /// <inheritdoc/>
    public override MaskedLanguageModel Model(int vocabulary, long seed) => EncoderCheckpoint.LoadMaskedLanguageModel(folder);

    /// <inheritdoc/>
    public override void Check(int longestSpan)
    {
        if (EncoderCheckpoint.ReadConfig(folder).MaxTokens is var most && most < longestSpan)
            throw new BadInputException($"the model in '{folder}' takes {most} tokens, and pre-training uses spans of {longestSpan}");
    }
}

using LmoDp.Models.Checkpoints;
using LmoDp.Models.Prompts;
using LmoDp.Models.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>
/// A masked language model as a classifier: what it says of the gap in a prompt, among the classes' words. It has no layer that pre-training did not give, so it begins near its task. Parameters are named as in
/// <see cref="MaskedLanguageModel"/>.
/// </summary>
public sealed class PromptedClassifier : TextClassifier
{
    private readonly Encoder encoder;
    private readonly Func<Tensor, Tensor> predict;
    private readonly Func<Tensor, Tensor, Tensor> predictWords;
    private readonly Scalar maskId;
    private readonly Tensor wordIds;

    /// <param name="model">The masked language model, which becomes a part of this one.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="labels">Names of the classes.</param>
    public PromptedClassifier(MaskedLanguageModel model, PromptEncoder prompt, IReadOnlyList<string> labels) : base(model.Config with { Labels = labels }, nameof(PromptedClassifier))
    {
        if (labels.Count != prompt.WordIds.Count)
            throw new BadInputException(FormattableString.Invariant($"there are {labels.Count} labels but {prompt.WordIds.Count} words: give a word for each label, in their order"));
        (encoder, predict, predictWords, Prompt, maskId) = (model.Encoder, model.Predict, model.PredictWords, prompt, prompt.MaskId);
        wordIds = tensor(prompt.WordIds.ToArray()).DetachFromDisposeScope();
        foreach (var (name, child) in model.named_children())
            register_module(name, child);
    }

    /// <summary>The prompt.</summary>
    public PromptEncoder Prompt { get; }

    /// <summary>The model of a folder.</summary>
    /// <param name="folder">A masked language model, pre-trained or fine-tuned.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="labels">Names of the classes; null: those of the folder.</param>
    /// <exception cref="BadInputException">The folder holds no complete masked language model, or it does not fit the prompt.</exception>
    public static PromptedClassifier Load(string folder, ClassificationPrompt prompt, IReadOnlyList<string>? labels = null)
    {
        if (ClassifierCheckpoint.IsDecoder(folder))
            throw new BadInputException($"'{folder}': a prompt with a gap needs a masked language model (BERT, RoBERTa)");
        var encoder = new PromptEncoder(prompt, EncoderTokenizer.Load(folder));
        var model = EncoderCheckpoint.LoadMaskedLanguageModel(folder);
        try
        {
            return new PromptedClassifier(model, encoder, labels ?? model.Config.Labels);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes the model with its prompt into an existing folder, as a masked language model for Hugging Face transformers.</summary>
    internal void Save(string folder, TextTokenizer tokenizer, ScalarType type)
    {
        ModelFolder.Save(folder, ModelFolder.NamedTensors(this), Config, "ForMaskedLM", tokenizer, type);
        Prompt.Prompt.Write(folder);
    }

    /// <inheritdoc/>
    public override IEnumerable<Tensor> HiddenStates(TokenBatch batch) => encoder.HiddenStates(batch);

    /// <inheritdoc/>
    /// <remarks>The last hidden state of the gap; of the first token in a row without one.</remarks>
    public override Tensor Features(TokenBatch batch)
    {
        var hidden = encoder.call(batch);
        var gaps = batch.InputIds.eq(maskId).to(ScalarType.Int64).argmax(1);
        return hidden.gather(1, gaps.view(-1, 1, 1).expand(-1, 1, hidden.shape[2])).squeeze(1);
    }

    /// <inheritdoc/>
    /// <remarks>The scores of the classes' words. Where gradients are asked for, the whole vocabulary is scored, so that those of the tied table are recorded as in an ordinary masked language model.</remarks>
    public override Tensor Classify(Tensor features)
    {
        var words = wordIds.to(features.device);
        return is_grad_enabled() ? predict(features).index_select(1, words) : predictWords(features, words);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            wordIds.Dispose();
        base.Dispose(disposing);
    }
}

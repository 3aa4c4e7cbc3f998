using LmoDp.Models;
using LmoDp.Models.Decoders;
using LmoDp.Models.Encoders;
using static TorchSharp.torch;

namespace LmoDp.Training.Verification;

/// <summary>A model as the reference values see it: hidden states, logits, and a loss for each example.</summary>
public abstract class VerifiableModel : IDisposable
{
    private const long Ignored = -100; // as in Hugging Face's labels

    /// <summary>The module, parameters under Hugging Face's names.</summary>
    public abstract nn.Module Module { get; }

    /// <summary>The embeddings and the output of each layer, <c>[batch, tokens, hidden]</c> each.</summary>
    public abstract IEnumerable<Tensor> HiddenStates(VerificationBatch batch);

    /// <summary>Class scores <c>[batch, classes]</c>, or scores of the vocabulary <c>[batch, tokens, vocabulary]</c>.</summary>
    public abstract Tensor Logits(VerificationBatch batch);

    /// <summary>Each example's loss in nats, <c>[batch]</c>: cross-entropy of its class, or the mean over its own labelled tokens.</summary>
    public abstract Tensor Losses(Tensor logits, VerificationBatch batch);

    /// <summary>Checks that a model of these sizes can read a batch.</summary>
    /// <exception cref="BadInputException">An id or label is out of range, or the texts are too long.</exception>
    public abstract void Check(VerificationBatch batch);

    /// <summary>The model of a folder with its weights: a language model if config.json's architecture says so, else a sequence classifier.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="weightsFile">A safetensors file to take instead of the folder's weights.</param>
    /// <exception cref="BadInputException">The folder holds no complete model.</exception>
    public static VerifiableModel Load(string folder, string? weightsFile = null)
    {
        if (!ClassifierCheckpoint.IsDecoder(folder))
        {
            return EncoderCheckpoint.ReadConfig(folder).Architectures.Any(name => name.EndsWith("ForMaskedLM", StringComparison.Ordinal))
                ? new VerifiableMaskedLm(EncoderCheckpoint.LoadMaskedLanguageModel(folder, weightsFile))
                : new VerifiableClassifier(EncoderCheckpoint.LoadClassifier(folder, weightsFile));
        }
        return DecoderCheckpoint.ReadConfig(folder).Architectures.Any(name => name.EndsWith("ForSequenceClassification", StringComparison.Ordinal))
            ? new VerifiableClassifier(DecoderCheckpoint.LoadClassifier(folder, weightsFile))
            : new VerifiableCausalLm(DecoderCheckpoint.LoadLanguageModel(folder, weightsFile));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Module.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Checks the inputs of a model.</summary>
    private protected static void CheckInputs(ModelConfig config, VerificationBatch batch)
    {
        if (batch.Inputs.InputIds.shape[1] > config.MaxTokens)
            throw new BadInputException($"{batch.Name}: the model reads at most {config.MaxTokens} tokens");
        CheckRange(batch.Inputs.InputIds, config.VocabSize, "input_ids", batch);
        if (batch.Inputs.AttentionMask is { } mask)
            CheckRange(mask, 2, "attention_mask", batch);
        if (batch.Inputs.TokenTypeIds is { } types)
            CheckRange(types, config is EncoderConfig encoder ? encoder.TypeVocabSize : 1, "token_type_ids", batch);
    }

    /// <summary>By example the mean cross-entropy of its labelled tokens, <c>[batch]</c>.</summary>
    private protected static Tensor TokenLosses(Tensor logits, Tensor labels)
    {
        var labelled = labels.ne(Ignored);
        var scores = logits.log_softmax(-1).gather(2, labels.clamp_min(0).unsqueeze(2)).squeeze(2);
        return -scores.masked_fill(labelled.logical_not(), 0).sum(1L) / labelled.sum(1L).clamp_min(1);
    }

    /// <summary>Checks labels of tokens.</summary>
    private protected static void CheckTokenLabels(ModelConfig config, VerificationBatch batch, string otherwise)
    {
        if (batch.Labels.dim() != 2)
            throw new BadInputException($"{batch.Name}: {otherwise}");
        CheckRange(batch.Labels.masked_fill(batch.Labels.eq(Ignored), 0), config.VocabSize, "labels", batch);
    }

    /// <summary>Checks that all numbers are at least 0 and below a limit.</summary>
    private protected static void CheckRange(Tensor numbers, long limit, string what, VerificationBatch batch)
    {
        if (numbers.min().item<long>() < 0 || numbers.max().item<long>() >= limit)
            throw new BadInputException($"{batch.Name}: {what} must lie between 0 and {limit - 1} for this model");
    }
}

/// <summary>A sequence classifier.</summary>
internal sealed class VerifiableClassifier(TextClassifier model) : VerifiableModel
{
    /// <inheritdoc/>
    public override nn.Module Module => model;

    /// <inheritdoc/>
    public override IEnumerable<Tensor> HiddenStates(VerificationBatch batch) => model.HiddenStates(batch.Inputs);

    /// <inheritdoc/>
    public override Tensor Logits(VerificationBatch batch) => model.call(batch.Inputs);

    /// <inheritdoc/>
    public override Tensor Losses(Tensor logits, VerificationBatch batch) => nn.functional.cross_entropy(logits, batch.Labels, reduction: nn.Reduction.None);

    /// <inheritdoc/>
    public override void Check(VerificationBatch batch)
    {
        CheckInputs(model.Config, batch);
        if (batch.Labels.dim() != 1)
            throw new BadInputException($"{batch.Name}: a sequence classifier needs one label for each example");
        CheckRange(batch.Labels, model.Config.NumLabels, "labels", batch);
    }
}

/// <summary>A masked LM, with labels at tokens or words for classes.</summary>
internal sealed class VerifiableMaskedLm(MaskedLanguageModel model) : VerifiableModel
{
    /// <inheritdoc/>
    public override nn.Module Module => model;

    /// <inheritdoc/>
    public override IEnumerable<Tensor> HiddenStates(VerificationBatch batch) => model.Encoder.HiddenStates(batch.Inputs);

    /// <inheritdoc/>
    public override Tensor Logits(VerificationBatch batch) => model.call(batch.Inputs);

    /// <inheritdoc/>
    public override Tensor Losses(Tensor logits, VerificationBatch batch)
    {
        if (batch.Prompt is { } prompt)
            return nn.functional.cross_entropy(WordScores(logits, prompt), prompt.Classes, reduction: nn.Reduction.None);
        return TokenLosses(logits, batch.Labels);
    }

    /// <inheritdoc/>
    public override void Check(VerificationBatch batch)
    {
        CheckInputs(model.Config, batch);
        if (batch.Prompt is { } prompt)
        {
            CheckRange(prompt.Positions, batch.Inputs.InputIds.shape[1], "mask_positions", batch);
            CheckRange(prompt.Words, model.Config.VocabSize, "label_words", batch);
            CheckRange(prompt.Classes, prompt.Words.shape[0], "class_labels", batch);
        }
        else
        {
            CheckTokenLabels(model.Config, batch, "a masked language model needs a label for each token, or mask_positions");
        }
    }

    /// <summary>Scores of the classes' words at the masked positions, <c>[batch, classes]</c>.</summary>
    internal static Tensor WordScores(Tensor logits, PromptLabels prompt)
    {
        var places = prompt.Positions.view(-1, 1, 1).expand(-1, 1, logits.shape[2]);
        return logits.gather(1, places).squeeze(1).index_select(1, prompt.Words);
    }
}

/// <summary>A causal language model, with labels that are not shifted: those of token t + 1 are predicted at t.</summary>
internal sealed class VerifiableCausalLm(CausalLanguageModel model) : VerifiableModel
{
    /// <inheritdoc/>
    public override nn.Module Module => model;

    /// <inheritdoc/>
    public override IEnumerable<Tensor> HiddenStates(VerificationBatch batch) => model.HiddenStates(batch.Inputs);

    /// <inheritdoc/>
    public override Tensor Logits(VerificationBatch batch) => model.call(batch.Inputs);

    /// <inheritdoc/>
    public override Tensor Losses(Tensor logits, VerificationBatch batch)
    {
        var predicted = batch.Labels.shape[1] - 1;
        return TokenLosses(logits.narrow(1, 0, predicted), batch.Labels.narrow(1, 1, predicted));
    }

    /// <inheritdoc/>
    public override void Check(VerificationBatch batch)
    {
        CheckInputs(model.Config, batch);
        CheckTokenLabels(model.Config, batch, "a causal language model needs a label for each token");
    }
}

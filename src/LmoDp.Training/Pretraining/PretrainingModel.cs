using LmoDp.Models;
using LmoDp.Models.Encoders;
using LmoDp.Models.Layers;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>
/// A RoBERTa masked-LM, if asked with a second objective for its first token, so that a classifier has something to read there: from the tanh features of
/// the classification head (<c>classifier.dense</c>) it must tell whether a span is from a text that praises or from one that blames
/// (<see cref="ToneTeacher"/>). Masked words alone teach the first token little.
/// </summary>
public sealed class PretrainingModel : nn.Module<MaskedBatch, Tensor>
{
    private readonly double toneWeight;
    private readonly nn.Module<Tensor, Tensor> dense, tone;

    /// <param name="languageModel">Where training starts from; it belongs to this from now on.</param>
    /// <param name="toneWeight">Weight of the tone objective; 0 turns it off.</param>
    /// <param name="seed">Of the layers that only the tone objective has.</param>
    public PretrainingModel(MaskedLanguageModel languageModel, double toneWeight, long seed) : base(nameof(PretrainingModel))
    {
        this.toneWeight = toneWeight;
        LanguageModel = languageModel;
        var width = languageModel.Config.HiddenSize;
        dense = nn.Linear(width, width);
        tone = nn.Linear(width, 1);
        register_module("model", LanguageModel);
        if (toneWeight == 0)
            return;
        var head = new ModuleGroup(("dense", dense), ("tone", tone));
        Initialization.Normal(head, languageModel.Config.InitializerRange, seed);
        register_module("classifier", head);
        Head = head;
    }

    /// <summary>The head of the tone objective; null where that is off.</summary>
    public nn.Module? Head { get; }

    /// <summary>The masked-LM.</summary>
    public MaskedLanguageModel LanguageModel { get; }

    /// <summary>The part of the classification head that was trained along, under its Hugging Face names; none where the tone objective is off.</summary>
    public IReadOnlyDictionary<string, Tensor> HeadTensors => toneWeight == 0
        ? new Dictionary<string, Tensor>()
        : dense.named_parameters().ToDictionary(entry => "classifier.dense." + entry.name, entry => (Tensor)entry.parameter);

    /// <summary>The loss to descend on, a scalar.</summary>
    public override Tensor forward(MaskedBatch batch)
    {
        var (masked, tone) = Losses(batch);
        return tone is null ? masked : masked + toneWeight * tone;
    }

    /// <summary>Mean cross-entropy in nats of the masked tokens, and of the tones; null for those where that objective is off, 0 where no span of the batch has one.</summary>
    public (Tensor Masked, Tensor? Tone) Losses(MaskedBatch batch)
    {
        var hidden = LanguageModel.Encoder.call(new TokenBatch(batch.InputIds, batch.AttentionMask));
        var predicted = hidden.reshape(-1, hidden.shape[2]).index_select(0, batch.Places);
        var masked = nn.functional.cross_entropy(LanguageModel.Predict(predicted), batch.Targets);
        if (toneWeight == 0)
            return (masked, null);
        // Spans of no tone get weight 0, so that the head is part of the graph in every batch: autograd.grad aborts the process on an input that is not.
        var logits = tone.call(dense.call(hidden.select(1, 0)).tanh()).reshape(-1);
        var known = batch.Tones.isnan().logical_not().to(ScalarType.Float32);
        var losses = nn.functional.binary_cross_entropy_with_logits(logits, batch.Tones.nan_to_num(0), reduction: nn.Reduction.None);
        return (masked, (losses * known).sum() / known.sum().clamp_min(KeptNumbers.One));
    }
}

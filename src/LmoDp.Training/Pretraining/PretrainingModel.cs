using LmoDp.Models.Encoders;
using static TorchSharp.torch;

namespace LmoDp.Training.Pretraining;

/// <summary>
/// A RoBERTa masked-LM with a second objective for its first token, so that a classifier has something to read there: the tanh features of the
/// classification head (<c>classifier.dense</c>) must predict words that stand around the span in its document, through the shared word table. What
/// surrounds a sentence tells its subject and its tone (compare Kiros et al. 2015; Logeswaran and Lee 2018).
/// </summary>
public sealed class PretrainingModel : nn.Module<MaskedBatch, Tensor>
{
    private readonly double contextWeight;
    private readonly nn.Module<Tensor, Tensor> dense, contextProjection;

    /// <summary>A freshly drawn model.</summary>
    public PretrainingModel(EncoderConfig config, double contextWeight, long seed) : base(nameof(PretrainingModel))
    {
        this.contextWeight = contextWeight;
        LanguageModel = new MaskedLanguageModel(config);
        dense = nn.Linear(config.HiddenSize, config.HiddenSize);
        contextProjection = nn.Linear(config.HiddenSize, config.HiddenSize);
        register_module("model", LanguageModel);
        register_module("classifier", new ModuleGroup(("dense", dense)));
        register_module("context", contextProjection);
        Initialization.Normal(this, 0.02, seed);
    }

    /// <summary>The masked-LM.</summary>
    public MaskedLanguageModel LanguageModel { get; }

    /// <summary>The part of the classification head that was trained along, under its Hugging Face names.</summary>
    public IReadOnlyDictionary<string, Tensor> HeadTensors => dense.named_parameters().ToDictionary(entry => "classifier.dense." + entry.name, entry => (Tensor)entry.parameter);

    /// <summary>The loss to descend on, a scalar.</summary>
    public override Tensor forward(MaskedBatch batch)
    {
        var (masked, context) = Losses(batch);
        return context is null ? masked : masked + contextWeight * context;
    }

    /// <summary>Mean cross-entropy in nats of the masked tokens, and of the context words where that objective is on.</summary>
    public (Tensor Masked, Tensor? Context) Losses(MaskedBatch batch)
    {
        var hidden = LanguageModel.Encoder.call(new EncoderBatch(batch.InputIds, batch.AttentionMask));
        var predicted = hidden.reshape(-1, hidden.shape[2]).index_select(0, batch.Places);
        var masked = nn.functional.cross_entropy(LanguageModel.Predict(predicted), batch.Targets);
        if (contextWeight == 0)
            return (masked, null);
        var features = dense.call(hidden.select(1, 0)).tanh();
        var scores = LanguageModel.Decoder.call(contextProjection.call(features)).log_softmax(-1);
        var drawn = batch.ContextWords.ge(0);
        var chosen = scores.gather(1, batch.ContextWords.clamp_min(0)).masked_select(drawn);
        var context = chosen.sum() / -Math.Max(1, drawn.sum().item<long>());
        return (masked, context);
    }
}

using LmoDp.Models.Layers;
using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>
/// Sequence classification on the first token's last hidden state, parameters named as in Hugging Face's
/// <c>RobertaForSequenceClassification</c> (classifier.dense, tanh, classifier.out_proj) and <c>BertForSequenceClassification</c> (pooler, tanh, classifier).
/// </summary>
public sealed class SequenceClassifier : TextClassifier
{
    private readonly nn.Module<Tensor, Tensor> dense, projection;

    /// <summary>The body.</summary>
    public Encoder Encoder { get; }

    /// <summary>A classifier with freshly drawn parameters.</summary>
    public SequenceClassifier(EncoderConfig config) : base(config, nameof(SequenceClassifier))
    {
        var bert = config.ModelType == "bert";
        Encoder = new Encoder(config, pooler: bert);
        projection = nn.Linear(config.HiddenSize, config.NumLabels);
        register_module(config.ModelType, Encoder);
        if (bert)
        {
            dense = Encoder.PoolerDense!;
            register_module("classifier", projection);
        }
        else
        {
            dense = nn.Linear(config.HiddenSize, config.HiddenSize);
            register_module("classifier", new ModuleGroup(("dense", dense), ("out_proj", projection)));
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<Tensor> HiddenStates(TokenBatch batch) => Encoder.HiddenStates(batch);

    /// <inheritdoc/>
    /// <remarks>The first token's last hidden state.</remarks>
    public override Tensor Features(TokenBatch batch) => Encoder.call(batch).select(1, 0);

    /// <inheritdoc/>
    public override Tensor Classify(Tensor features) => projection.call(dense.call(features).tanh());
}

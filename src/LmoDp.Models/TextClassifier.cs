using static TorchSharp.torch;

namespace LmoDp.Models;

/// <summary>A sequence classifier: a body that gives one vector for each text, and a head that makes logits of it.</summary>
public abstract class TextClassifier : nn.Module<TokenBatch, Tensor>
{
    private protected TextClassifier(ModelConfig config, string name) : base(name) => Config = config;

    /// <summary>The sizes and labels.</summary>
    public ModelConfig Config { get; } // not abstract: TorchSharp looks properties up by name and stumbles over one that is overridden with a narrower type

    /// <summary>The embeddings, then the output of each layer: <c>layers + 1</c> tensors <c>[batch, tokens, hidden]</c>, made as they are asked for.</summary>
    public abstract IEnumerable<Tensor> HiddenStates(TokenBatch batch);

    /// <summary>What the head reads of each text, <c>[batch, hidden]</c>.</summary>
    public abstract Tensor Features(TokenBatch batch);

    /// <summary>The head alone: <c>[batch, hidden]</c> to logits <c>[batch, labels]</c>.</summary>
    public abstract Tensor Classify(Tensor features);

    /// <summary>Logits, <c>[batch, labels]</c>.</summary>
    public sealed override Tensor forward(TokenBatch batch) => Classify(Features(batch));
}

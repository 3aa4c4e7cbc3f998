using LmoDp.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// A module whose parameters' per-example gradients follow from its input a and the loss's gradient e at its output. In all of them the first axis of input and output is
/// the example. A new kind of layer is one subclass and one line in <see cref="For"/>.
/// </summary>
internal abstract class RecordedLayer(nn.Module<Tensor, Tensor> module)
{
    /// <summary>The module, called through its <c>call</c>, so that hooks fire.</summary>
    public nn.Module<Tensor, Tensor> Module { get; } = module;

    /// <summary>Its parameters: their names within the module, and an object that stands for the parameter wherever it is used.</summary>
    /// <remarks>
    /// That is the <see cref="Parameter"/> itself, except for embeddings: <see cref="Embedding.weight"/> makes a new wrapper at every reading, so the embedding stands for its
    /// table.
    /// </remarks>
    public abstract IEnumerable<(string Name, object Identity)> Parameters { get; }

    /// <summary>Parameters whose gradient needs the input; a bias needs only the gradient at the output.</summary>
    public virtual bool NeedsInput(object identity) => true;

    /// <summary>The output with an axis of its own for each example, where the module gave one for all (position embeddings); else the output itself.</summary>
    public virtual Tensor Expand(Tensor output, long batch) => output;

    /// <summary>Adds one call's gradients to those parameters that are trained.</summary>
    public abstract void Contribute(LayerCall call, TrainedParameters trained);

    /// <summary>The layer for a module, or null if its parameters cannot be trained here.</summary>
    public static RecordedLayer? For(nn.Module module) => module switch
    {
        Linear linear => new LinearLayer(linear),
        Embedding embedding => new EmbeddingLayer(embedding),
        LayerNorm norm => new LayerNormLayer(norm),
        TiedDecoder decoder => new TiedDecoderLayer(decoder),
        Conv1D linear => new Conv1DLayer(linear),
        RmsNorm norm => new RmsNormLayer(norm),
        _ => null,
    };
}

/// <summary>What was recorded of one call of a layer.</summary>
/// <param name="Layer">Which.</param>
/// <param name="Input">Its input as rows of numbers; null if it is not needed or holds ids.</param>
/// <param name="Ids">Its input if it holds ids, int64, expanded to <c>[batch, tokens]</c>.</param>
/// <param name="Gradient">The gradient of the summed losses at its output; example i's part depends on example i alone.</param>
internal sealed record LayerCall(RecordedLayer Layer, TokenRows? Input, Tensor? Ids, TokenRows Gradient);

/// <summary>z = W a + b: G_W = sum_t e_t a_t^T, g_b = sum_t e_t.</summary>
internal sealed class LinearLayer(Linear linear) : RecordedLayer(linear)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Identity)> Parameters => linear.bias is null ? [("weight", linear.weight!)] : [("weight", linear.weight!), ("bias", linear.bias)];

    /// <inheritdoc/>
    public override bool NeedsInput(object identity) => identity == (object?)linear.weight;

    /// <inheritdoc/>
    public override void Contribute(LayerCall call, TrainedParameters trained)
    {
        trained.Matrix(linear.weight!)?.Add(new DenseOuterProduct(call.Gradient, call.Input!));
        if (linear.bias is { } bias)
            trained.Vector(bias)?.Add(call.Gradient.Values.sum(1L));
    }
}

/// <summary>z = table[ids]: row v of G is the sum of e_t over the tokens with id v.</summary>
/// <remarks>A padding row is a row like any other; the gradient there is 0 wherever the loss does not depend on padding.</remarks>
internal sealed class EmbeddingLayer(Embedding embedding) : RecordedLayer(embedding)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Identity)> Parameters => [("weight", embedding)];

    /// <inheritdoc/>
    public override Tensor Expand(Tensor output, long batch) => output.shape[0] == 1 && batch > 1 ? output.expand([batch, .. output.shape[1..]]) : output;

    /// <inheritdoc/>
    public override void Contribute(LayerCall call, TrainedParameters trained)
    {
        trained.Matrix(embedding)?.Add(new LookupOuterProduct(call.Ids!, trained.Rows(embedding), call.Gradient));
    }
}

/// <summary>z = gain * n(a) + b with n the normalised input: g_gain = sum_t e_t * n(a_t), g_b = sum_t e_t.</summary>
internal sealed class LayerNormLayer(LayerNorm norm) : RecordedLayer(norm)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Identity)> Parameters => norm.bias is null ? [("weight", norm.weight!)] : [("weight", norm.weight!), ("bias", norm.bias)];

    /// <inheritdoc/>
    public override bool NeedsInput(object identity) => identity == (object?)norm.weight;

    /// <inheritdoc/>
    public override void Contribute(LayerCall call, TrainedParameters trained)
    {
        if (trained.Vector(norm.weight!) is { } gain)
        {
            using var scope = NewDisposeScope();
            gain.Add(nn.functional.layer_norm(call.Input!.Values, norm.normalized_shape, eps: norm.eps).mul_(call.Gradient.Values).sum(1L));
        }
        if (norm.bias is { } bias)
            trained.Vector(bias)?.Add(call.Gradient.Values.sum(1L));
    }
}

/// <summary>An output layer whose matrix is an embedding table: its gradients join the embedding's.</summary>
internal sealed class TiedDecoderLayer(TiedDecoder decoder) : RecordedLayer(decoder)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Identity)> Parameters => decoder.Bias is null ? [("weight", decoder.Embedding)] : [("weight", decoder.Embedding), ("bias", decoder.Bias)];

    /// <inheritdoc/>
    public override bool NeedsInput(object identity) => identity == decoder.Embedding;

    /// <inheritdoc/>
    public override void Contribute(LayerCall call, TrainedParameters trained)
    {
        trained.Matrix(decoder.Embedding)?.Add(new DenseOuterProduct(call.Gradient, call.Input!));
        if (decoder.Bias is { } bias)
            trained.Vector(bias)?.Add(call.Gradient.Values.sum(1L));
    }
}

/// <summary>z = a W + b, the weight lying the other way round: G_W = sum_t a_t e_t^T, g_b = sum_t e_t.</summary>
internal sealed class Conv1DLayer(Conv1D linear) : RecordedLayer(linear)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Identity)> Parameters => [("weight", linear.Weight), ("bias", linear.Bias)];

    /// <inheritdoc/>
    public override bool NeedsInput(object identity) => identity == (object)linear.Weight;

    /// <inheritdoc/>
    public override void Contribute(LayerCall call, TrainedParameters trained)
    {
        trained.Matrix(linear.Weight)?.Add(new DenseOuterProduct(call.Input!, call.Gradient));
        trained.Vector(linear.Bias)?.Add(call.Gradient.Values.sum(1L));
    }
}

/// <summary>z = gain * n(a) with n the input over its root mean square: g_gain = sum_t e_t * n(a_t).</summary>
internal sealed class RmsNormLayer(RmsNorm norm) : RecordedLayer(norm)
{
    /// <inheritdoc/>
    public override IEnumerable<(string Name, object Identity)> Parameters => [("weight", norm.Weight)];

    /// <inheritdoc/>
    public override void Contribute(LayerCall call, TrainedParameters trained)
    {
        if (trained.Vector(norm.Weight) is not { } gain)
            return;
        using var scope = NewDisposeScope();
        gain.Add(norm.Normalize(call.Input!.Values).mul_(call.Gradient.Values).sum(1L));
    }
}

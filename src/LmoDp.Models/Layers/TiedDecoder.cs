using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LmoDp.Models.Layers;

/// <summary>
/// An output layer that shares its weight with an embedding table: logits = x W^T + b. The weight is not registered a second time, so it appears once among
/// the model's parameters, under the embedding's name.
/// </summary>
public sealed class TiedDecoder : nn.Module<Tensor, Tensor>
{
    /// <summary>Whose table it is.</summary>
    public Embedding Embedding { get; }

    /// <summary>The shared table, <c>[vocabulary, hidden]</c>.</summary>
    public Parameter Weight => Embedding.weight!;

    /// <summary>The output bias, <c>[vocabulary]</c>; registered by the head that owns this layer. Null for decoders without one.</summary>
    public Parameter? Bias { get; }

    internal TiedDecoder(Embedding embedding, long? biasSize) : base(nameof(TiedDecoder))
    {
        Embedding = embedding;
        if (biasSize is { } size)
            Bias = nn.Parameter(zeros(size));
    }

    /// <summary><c>[..., hidden]</c> to <c>[..., vocabulary]</c>.</summary>
    public override Tensor forward(Tensor x) => nn.functional.linear(x, Weight, Bias);

    /// <summary>The logits of some words only, <c>[..., hidden]</c> to <c>[..., words]</c>.</summary>
    /// <param name="x">Hidden states.</param>
    /// <param name="words">Ids, int64 <c>[words]</c>.</param>
    internal Tensor OfWords(Tensor x, Tensor words) => nn.functional.linear(x, Weight.index_select(0, words), Bias?.index_select(0, words));
}

/// <summary>The checkpoint level that holds a masked-LM head: the decoder's bias and the layers before it.</summary>
internal sealed class TiedHead : nn.Module
{
    internal TiedHead(TiedDecoder decoder, params ReadOnlySpan<(string Name, nn.Module Module)> members) : base(nameof(TiedHead))
    {
        foreach (var (name, module) in members)
            register_module(name, module);
        register_module("decoder", decoder); // owns no parameters: it is there to be found
        register_parameter("bias", decoder.Bias!);
    }
}

using static TorchSharp.torch;

namespace LmoDp.Models;

/// <summary>What a model reads.</summary>
/// <param name="InputIds">Token ids, int64, <c>[batch, tokens]</c>. Padding is on the right; before generation it is on the left.</param>
/// <param name="AttentionMask">1 at real tokens, 0 at padding, int64, <c>[batch, tokens]</c>; null where there is no padding.</param>
/// <param name="TokenTypeIds">Segment ids of an encoder, int64, <c>[batch, tokens]</c>; null for all zeros. Decoders do not read them.</param>
public sealed record TokenBatch(Tensor InputIds, Tensor? AttentionMask = null, Tensor? TokenTypeIds = null);

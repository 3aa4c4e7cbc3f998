using static TorchSharp.torch;

namespace LmoDp.Models.Encoders;

/// <summary>What an encoder reads.</summary>
/// <param name="InputIds">Token ids, int64, <c>[batch, tokens]</c>, padded on the right.</param>
/// <param name="AttentionMask">1 at real tokens, 0 at padding, int64, <c>[batch, tokens]</c>; null where there is no padding.</param>
/// <param name="TokenTypeIds">Segment ids, int64, <c>[batch, tokens]</c>; null for all zeros.</param>
public sealed record EncoderBatch(Tensor InputIds, Tensor? AttentionMask = null, Tensor? TokenTypeIds = null);

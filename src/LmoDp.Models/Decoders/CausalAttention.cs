using TorchSharp;
using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>What the attention of all layers shares in one pass over a batch.</summary>
/// <param name="Bias">Added to the scores, <c>[batch or 1, 1, 1, new tokens, all tokens]</c>: 0 where a token may look, the lowest finite number elsewhere. Null where every token may look everywhere.</param>
/// <param name="Rotation">Turns queries and keys; null for models with a table of positions.</param>
/// <param name="Cache">Keys and values of former tokens; null for none.</param>
internal sealed record AttentionPass(Tensor? Bias, RotaryEmbedding? Rotation, KeyValueCache? Cache);

/// <summary>Scaled dot-product attention of several heads to former tokens (Vaswani et al. 2017, section 3.2), without its projections.</summary>
/// <param name="layer">Which layer of the cache is its own.</param>
/// <param name="size">Width of a head.</param>
internal sealed class CausalAttention(int layer, long size)
{
    private static readonly Scalar LowestSingle = float.MinValue, LowestDouble = double.MinValue;
    private readonly Scalar scale = 1 / Math.Sqrt(size);

    /// <param name="query"><c>[batch, tokens, heads * size]</c>.</param>
    /// <param name="key"><c>[batch, tokens, key-value heads * size]</c>.</param>
    /// <param name="value">Likewise.</param>
    /// <param name="pass">What the layers share.</param>
    /// <returns><c>[batch, tokens, heads * size]</c>.</returns>
    public Tensor Attend(Tensor query, Tensor key, Tensor value, AttentionPass pass)
    {
        var (q, k, v) = (Split(query).Times(scale), Split(key), Split(value));
        if (pass.Rotation is { } rotation)
            (q, k) = (rotation.Rotate(q), rotation.Rotate(k));
        var read = pass.Cache?.Append(layer, k, v) ?? new ReadTokens(null, null, k, v);
        var (batch, heads, tokens, groups) = (q.shape[0], k.shape[1], q.shape[2], q.shape[1] / k.shape[1]);
        // The query heads that share a key-value head are further rows of one product, and so are the batch's rows that share what they have read.
        q = q.reshape(batch, heads, groups * tokens, size);
        var scores = q.matmul(read.Keys.transpose(-2, -1));
        if (read.SharedKeys is { } sharedKeys)
            scores = cat([Shared(q, sharedKeys.transpose(-2, -1)), scores], -1);
        if (pass.Bias is { } bias)
            scores = scores.reshape(batch, heads, groups, tokens, -1).Plus(bias).reshape(scores.shape);
        var weights = scores.softmax(-1);
        var mixed = read.SharedValues is { } sharedValues
            ? Shared(weights.narrow(3, 0, sharedValues.shape[2]), sharedValues).Plus(weights.narrow(3, sharedValues.shape[2], read.Keys.shape[2]).matmul(read.Values))
            : weights.matmul(read.Values);
        return mixed.reshape(batch, heads * groups, tokens, size).transpose(1, 2).reshape(query.shape);
    }

    /// <summary>The product of each row, <c>[batch, heads, n, m]</c>, with the matrix of its group, <c>[groups, heads, m, k]</c>; the rows of a group stand together.</summary>
    private static Tensor Shared(Tensor rows, Tensor matrices)
    {
        var (batch, heads, groups) = (rows.shape[0], rows.shape[1], matrices.shape[0]);
        var together = rows.reshape(groups, -1, heads, rows.shape[2], rows.shape[3]).transpose(1, 2).reshape(groups, heads, -1, rows.shape[3]);
        return together.matmul(matrices).reshape(groups, heads, batch / groups, rows.shape[2], -1).transpose(1, 2).reshape(batch, heads, rows.shape[2], -1);
    }

    /// <summary>The bias of <see cref="AttentionPass"/>.</summary>
    /// <param name="tokens">New tokens, the last ones of all.</param>
    /// <param name="all">All tokens.</param>
    /// <param name="mask">1 at real tokens, <c>[batch, all]</c>; null where there is no padding.</param>
    /// <param name="type">Element type of the scores.</param>
    /// <param name="device">Where they lie.</param>
    public static Tensor? Bias(long tokens, long all, Tensor? mask, ScalarType type, Device device)
    {
        if (tokens == 1 && mask is null)
            return null;
        var places = KeptNumbers.Range(0, all, device);
        var hidden = places.gt(places.narrow(0, all - tokens, tokens).unsqueeze(1)).view(1, 1, 1, tokens, all);
        if (mask is not null)
            hidden = hidden.logical_or(mask.to(ScalarType.Bool).logical_not().view(-1, 1, 1, 1, all));
        return zeros(hidden.shape, type, device).masked_fill(hidden, type == ScalarType.Float64 ? LowestDouble : LowestSingle);
    }

    private Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], -1, size).transpose(1, 2);
}

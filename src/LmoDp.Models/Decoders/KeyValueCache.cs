using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>
/// Keys and values of the tokens that a decoder has read so far, so that each further token costs one pass over itself alone. It belongs to one batch; rows may be
/// re-ordered, repeated or dropped between passes. No gradients flow through it.
/// </summary>
/// <param name="config">Of the model.</param>
/// <param name="capacity">Tokens, prompt included, that fit without moving what is there; more are taken in all the same.</param>
public sealed class KeyValueCache(DecoderConfig config, int capacity = 256) : IDisposable
{
    private readonly (Tensor Keys, Tensor Values)[] layers = new (Tensor, Tensor)[config.NumHiddenLayers]; // [batch, heads, capacity, size]
    private long capacity = capacity;
    private Tensor? mask; // [batch, tokens]

    /// <summary>Rows.</summary>
    public long Batch { get; private set; }

    /// <summary>Tokens read so far, padding included.</summary>
    public long Tokens { get; private set; }

    /// <summary>1 at real tokens, int64, <c>[batch, tokens]</c>; null where there was no padding yet. Owned by the cache.</summary>
    public Tensor? Mask => mask;

    /// <summary>
    /// Makes row i what row <paramref name="rows"/>[i] was: beams follow their parents, prompts are repeated for their beams, finished rows are left out. The batch has as many
    /// rows as the list afterwards.
    /// </summary>
    public void Reorder(IReadOnlyList<int> rows)
    {
        if (rows.Any(row => row < 0 || row >= Batch))
            throw new ArgumentOutOfRangeException(nameof(rows), $"the cache has {Batch} rows");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        int[] moved = [.. Enumerable.Range(0, rows.Count).Where(i => rows[i] != i)];
        if (rows.Count == Batch && moved.Length == 0)
            return;
        var device = layers[0].Keys.device;
        var inPlace = rows.Count == Batch;
        var source = tensor((inPlace ? moved.Select(i => (long)rows[i]) : rows.Select(row => (long)row)).ToArray(), device: device);
        var target = inPlace ? tensor(Array.ConvertAll(moved, i => (long)i), device: device) : null;
        for (var i = 0; i < layers.Length; i++)
            layers[i] = (Move(layers[i].Keys), Move(layers[i].Values));
        if (mask is not null)
            Keep(ref mask, mask.index_select(0, tensor(rows.Select(row => (long)row).ToArray(), device: device)));
        Batch = rows.Count;

        Tensor Move(Tensor buffer)
        {
            using var inner = NewDisposeScope();
            var filled = buffer.narrow(2, 0, Tokens);
            var taken = filled.index_select(0, source);
            if (target is not null)
            {
                filled.index_copy_(0, target, taken);
                return buffer;
            }
            var replaced = NewBuffer(taken);
            buffer.Dispose();
            return replaced;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (keys, values) in layers)
        {
            keys?.Dispose();
            values?.Dispose();
        }
        mask?.Dispose();
        mask = null;
        Array.Clear(layers);
    }

    /// <summary>Announces new tokens, before the layers <see cref="Append"/> theirs.</summary>
    /// <param name="batch">The new tokens alone.</param>
    internal void Extend(TokenBatch batch)
    {
        var (rows, tokens) = (batch.InputIds.shape[0], batch.InputIds.shape[1]);
        if (Tokens > 0 && rows != Batch)
            throw new ArgumentException($"the cache holds {Batch} rows, not {rows}", nameof(batch));
        using var scope = NewDisposeScope();
        if (mask is not null || batch.AttentionMask is not null)
        {
            var device = batch.InputIds.device;
            Keep(ref mask, cat([mask ?? ones([rows, Tokens], ScalarType.Int64, device), batch.AttentionMask ?? ones([rows, tokens], ScalarType.Int64, device)], 1));
        }
        Batch = rows;
        Tokens += tokens;
    }

    /// <summary>Takes in a layer's keys and values of the new tokens, <c>[batch, heads, new tokens, size]</c>, and gives those of all tokens.</summary>
    internal (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        using var noGrad = no_grad();
        ref var stored = ref layers[layer];
        stored = (Put(stored.Keys, keys), Put(stored.Values, values));
        return (stored.Keys.narrow(2, 0, Tokens), stored.Values.narrow(2, 0, Tokens));
    }

    private Tensor Put(Tensor? buffer, Tensor added)
    {
        using var scope = NewDisposeScope();
        var former = Tokens - added.shape[2];
        if (buffer is null || buffer.shape[2] < Tokens)
        {
            if (capacity < Tokens)
                capacity = Tokens + Tokens / 2;
            var larger = NewBuffer(buffer is null ? added.narrow(2, 0, 0) : buffer.narrow(2, 0, former));
            buffer?.Dispose();
            buffer = larger;
        }
        buffer.narrow(2, former, added.shape[2]).copy_(added);
        return buffer;
    }

    private Tensor NewBuffer(Tensor content)
    {
        var buffer = empty([content.shape[0], content.shape[1], capacity, content.shape[3]], content.dtype, content.device).DetachFromDisposeScope();
        buffer.narrow(2, 0, content.shape[2]).copy_(content);
        return buffer;
    }

    private static void Keep(ref Tensor? field, Tensor value)
    {
        field?.Dispose();
        field = value.DetachFromDisposeScope();
    }
}

using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>
/// Keys and values of the tokens that a decoder has read so far, so that each further token costs one pass over itself alone. It belongs to one batch; rows may be
/// re-ordered, repeated or dropped between passes. No gradients flow through it.
/// <para>
/// Where all rows are repeated equally often (the beams of prompts), what was read until then is kept once for each group of rows, and is never moved while rows change places within
/// their groups.
/// </para>
/// </summary>
/// <param name="config">Of the model.</param>
/// <param name="capacity">Tokens, prompt included, that fit without moving what is there; more are taken in all the same.</param>
public sealed class KeyValueCache(DecoderConfig config, int capacity = 256) : IDisposable
{
    private TokenBuffer[]? shared; // keys and values of each layer, one row for each group
    private TokenBuffer[] own = Buffers(config.NumHiddenLayers, capacity); // keys and values of each layer
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
        if (rows.Count == Batch && rows.Index().All(row => row.Index == row.Item))
            return;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (shared is null && Groups(rows, RunLength(rows), row => row) is { } parents && parents.Length < rows.Count)
        {
            (shared, own) = (own, Buffers(config.NumHiddenLayers, capacity));
            Select(shared, parents, (int)Batch);
        }
        else if (shared is not null && Groups(rows, GroupSize, row => row / GroupSize) is { } groups)
        {
            Select(shared, groups, (int)Batch / GroupSize);
            Select(own, rows, (int)Batch);
        }
        else
        {
            Unshare();
            Select(own, rows, (int)Batch);
        }
        if (mask is not null)
            Keep(ref mask, mask.index_select(0, tensor(rows.Select(row => (long)row).ToArray(), device: mask.device)));
        Batch = rows.Count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in own.Concat(shared ?? []))
            buffer.Dispose();
        mask?.Dispose();
        mask = null;
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
    internal ReadTokens Append(int layer, Tensor keys, Tensor values)
    {
        using var noGrad = no_grad();
        own[2 * layer].Add(keys);
        own[2 * layer + 1].Add(values);
        return new ReadTokens(shared?[2 * layer].Content, shared?[2 * layer + 1].Content, own[2 * layer].Content!, own[2 * layer + 1].Content!);
    }

    private int GroupSize => (int)(Batch / shared![0].Rows);

    private static TokenBuffer[] Buffers(int layers, int capacity) => [.. Enumerable.Range(0, 2 * layers).Select(_ => new TokenBuffer(capacity))];

    private static void Select(TokenBuffer[] buffers, IReadOnlyList<int> rows, int former)
    {
        if (rows.Count == former && rows.Index().All(row => row.Index == row.Item))
            return;
        foreach (var buffer in buffers)
            buffer.Select(rows);
    }

    /// <summary>How often the first row stands at the beginning.</summary>
    private static int RunLength(IReadOnlyList<int> rows) => rows.TakeWhile(row => row == rows[0]).Count();

    /// <summary>The group of each <paramref name="size"/> rows in turn; null where they are not of one group.</summary>
    private static int[]? Groups(IReadOnlyList<int> rows, int size, Func<int, int> group)
    {
        if (size == 0 || rows.Count % size != 0)
            return null;
        int[][] runs = [.. rows.Select(group).Chunk(size)];
        return runs.All(run => run.All(member => member == run[0])) ? [.. runs.Select(run => run[0])] : null;
    }

    /// <summary>Gives each row its own copy of what its group shares.</summary>
    private void Unshare()
    {
        if (shared is null)
            return;
        int[] group = [.. Enumerable.Range(0, (int)Batch).Select(row => row / GroupSize)];
        Select(shared, group, 0);
        for (var i = 0; i < own.Length; i++)
        {
            if (own[i].Content is { } content)
                shared[i].Add(content);
            own[i].Dispose();
        }
        (own, shared) = (shared, null);
    }

    private static void Keep(ref Tensor? field, Tensor value)
    {
        field?.Dispose();
        field = value.DetachFromDisposeScope();
    }
}

/// <summary>Keys and values that a layer has read: first those that groups of rows share, <c>[groups, heads, tokens, size]</c> or null, then those of each row, <c>[batch, heads, tokens, size]</c>.</summary>
internal readonly record struct ReadTokens(Tensor? SharedKeys, Tensor? SharedValues, Tensor Keys, Tensor Values);

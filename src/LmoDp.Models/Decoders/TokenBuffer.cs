using static TorchSharp.torch;

namespace LmoDp.Models.Decoders;

/// <summary>A tensor <c>[rows, heads, tokens, size]</c> to which tokens are added, with room for more, so that adding moves nothing.</summary>
/// <param name="capacity">Tokens that fit at first.</param>
internal sealed class TokenBuffer(long capacity) : IDisposable
{
    private long capacity = capacity;
    private long tokens;
    private Tensor? buffer;

    public long Rows => buffer?.shape[0] ?? 0;

    /// <summary>What was added, a view; null before anything was.</summary>
    public Tensor? Content => buffer?.narrow(2, 0, tokens);

    public void Add(Tensor added)
    {
        using var scope = NewDisposeScope();
        var former = tokens;
        tokens += added.shape[2];
        if (buffer is null || buffer.shape[2] < tokens)
        {
            if (capacity < tokens)
                capacity = tokens + tokens / 2;
            Replace(buffer is null ? added.narrow(2, 0, 0) : buffer.narrow(2, 0, former));
        }
        buffer!.narrow(2, former, added.shape[2]).copy_(added);
    }

    /// <summary>Makes row i what row <paramref name="rows"/>[i] was.</summary>
    public void Select(IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        if (Content is not { } content)
            return;
        if (rows.Count != Rows)
        {
            Replace(content.index_select(0, Index(rows)));
            return;
        }
        int[] moved = [.. Enumerable.Range(0, rows.Count).Where(i => rows[i] != i)];
        content.index_copy_(0, Index(moved), content.index_select(0, Index([.. moved.Select(i => rows[i])])));

        Tensor Index(IReadOnlyList<int> places) => tensor(places.Select(place => (long)place).ToArray(), device: content.device);
    }

    public void Dispose() => buffer?.Dispose();

    private void Replace(Tensor content)
    {
        var replaced = empty([content.shape[0], content.shape[1], capacity, content.shape[3]], content.dtype, content.device).DetachFromDisposeScope();
        replaced.narrow(2, 0, content.shape[2]).copy_(content);
        buffer?.Dispose();
        buffer = replaced;
    }
}

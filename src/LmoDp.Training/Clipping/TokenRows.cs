using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// A row of numbers for each token of each example: a layer's input, or the loss's gradient at its output. Several parameters may share one (query, key and value read the
/// same input); it is freed when the last of them has released it.
/// </summary>
internal sealed class TokenRows
{
    private Gram? gram;
    private Tensor? lengths;
    private int holders, normsTaken;

    /// <param name="tensor"><c>[batch, ..., width]</c>; the axes between are tokens, <c>[batch, width]</c> is one token.</param>
    public TokenRows(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        var type = tensor.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        var shape = tensor.shape;
        var tokens = shape[1..^1].Aggregate(1L, (product, length) => product * length);
        Values = tensor.detach().to(type).reshape(shape[0], tokens, shape[^1]).DetachFromDisposeScope();
    }

    /// <summary><c>[batch, tokens, width]</c>.</summary>
    public Tensor Values { get; }

    /// <summary>Tokens an example.</summary>
    public long Tokens => Values.shape[1];

    /// <summary>Numbers a token.</summary>
    public long Width => Values.shape[2];

    /// <summary>Inner products of the tokens of an example; computed once and kept until all holders have taken their norms.</summary>
    public Gram Gram => gram ??= new Gram(Values);

    /// <summary>L2 norms of the rows, float64, <c>[batch, tokens]</c>; kept like <see cref="Gram"/>.</summary>
    public Tensor Lengths => lengths ??= linalg.vector_norm(Values, 2, [2L]).to(ScalarType.Float64).DetachFromDisposeScope();

    /// <summary>Announces a holder.</summary>
    public TokenRows Hold()
    {
        holders++;
        return this;
    }

    /// <summary>Says that one holder has its norms: after the last one, what served only norms is freed.</summary>
    public void NormTaken()
    {
        if (++normsTaken == holders)
            FreeProducts();
    }

    /// <summary>Takes one holder's leave.</summary>
    public void Release()
    {
        holders--;
        FreeUnlessHeld();
    }

    /// <summary>Frees the rows if nobody holds them.</summary>
    public void FreeUnlessHeld()
    {
        if (holders == 0)
            Free();
    }

    /// <summary>Frees the rows.</summary>
    public void Free()
    {
        FreeProducts();
        Values.Dispose();
    }

    private void FreeProducts()
    {
        gram?.Dispose();
        lengths?.Dispose();
        (gram, lengths) = (null, null);
    }
}

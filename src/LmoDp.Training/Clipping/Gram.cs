using LmoDp.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// Inner products r_s . r_t of the tokens of each example. They are symmetric in s and t, so the tokens are taken in strips, and of a strip's rows only what lies on and to
/// the right of its diagonal block is computed.
/// </summary>
internal sealed class Gram : IDisposable
{
    private const long StripRows = 16; // shorter strips leave out more, but matrix products get slow
    private static readonly Scalar Two = 2;
    private readonly List<Tensor> strips = [];

    /// <param name="rows"><c>[batch, tokens, width]</c>.</param>
    public Gram(Tensor rows)
    {
        var tokens = rows.shape[1];
        for (long start = 0; start < tokens; start += StripRows)
        {
            using var scope = NewDisposeScope();
            var strip = rows.narrow(1, start, Math.Min(StripRows, tokens - start));
            strips.Add(strip.bmm(rows.narrow(1, start, tokens - start).transpose(1, 2)).DetachFromDisposeScope());
        }
    }

    /// <summary>Inner products that are computed for an example of so many tokens.</summary>
    public static long Products(long tokens)
    {
        var (whole, rest) = Math.DivRem(tokens, StripRows);
        return whole * StripRows * (tokens + rest + StripRows) / 2 + rest * rest;
    }

    /// <summary>Squared lengths of the rows, float64, <c>[batch, tokens]</c>.</summary>
    public Tensor Squares() => cat([.. strips.Select(strip => strip.diagonal(0, 1, 2).to(ScalarType.Float64))], 1);

    /// <summary>By example the sum over all s and t of this product times the other's; along s in float32, then in float64.</summary>
    public double[] PairSums(Gram other)
    {
        using var scope = NewDisposeScope();
        Tensor? total = null;
        foreach (var (mine, others) in strips.Zip(other.strips))
        {
            var (pairs, rows) = (mine * others, mine.shape[1]);
            var sum = Sum(pairs.narrow(2, 0, rows)).add(Sum(pairs.narrow(2, rows, pairs.shape[2] - rows)), Two); // what is right of the diagonal block stands for its mirror image too
            total = total is null ? sum : total.add_(sum, KeptNumbers.One);
        }
        return total!.ToDoubles();
    }

    /// <inheritdoc/>
    public void Dispose() => strips.ForEach(strip => strip.Dispose());

    private static Tensor Sum(Tensor pairs) => pairs.sum(2L).to(ScalarType.Float64).sum(1L);
}

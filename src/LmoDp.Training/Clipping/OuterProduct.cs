using LmoDp.Models;
using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// One use of a matrix: example i's gradient is G_i = sum_t l_t r_t^T, with rows l as wide as the matrix is high and rows r as wide as it is.
/// For a linear layer l is the gradient at the output and r the input; for an embedding l is 1 at the token's id and 0 elsewhere, r the gradient at the output.
/// </summary>
internal abstract class OuterProduct(TokenRows right)
{
    /// <summary>The rows r.</summary>
    protected TokenRows Right { get; } = right.Hold();

    /// <summary>Squared norms of the G_i.</summary>
    public abstract SquaredNorms SquaredNorms();

    /// <summary>S_i = sum_t |l_t||r_t| by example, as computed: see <see cref="Rounding"/>.</summary>
    protected abstract double[] AbsoluteSums();

    /// <summary>Numbers in a row l that may differ from 0.</summary>
    protected abstract long LeftWidth { get; }

    /// <summary>Inner products l_s . l_t of this use's tokens s and another's t, <c>[batch, tokens, tokens of other]</c>; null where only the other use knows how.</summary>
    protected abstract Tensor? LeftProducts(OuterProduct other);

    /// <summary>Adds the weighted sum of the G_i to a matrix.</summary>
    public abstract void AddWeightedSum(ExampleWeights weights, Tensor sum);

    /// <summary>Frees what only the norms needed.</summary>
    public virtual void NormsTaken() => Right.NormTaken();

    /// <summary>Lets go of the rows.</summary>
    public virtual void Release() => Right.Release();

    /// <summary>Inner products &lt;G_i, H_i&gt; with another use of the same matrix: sum over s and t of (l_s . l'_t)(r_s . r'_t).</summary>
    public SquaredNorms InnerProducts(OuterProduct other)
    {
        var left = LeftProducts(other) ?? other.LeftProducts(this)!.transpose(1, 2);
        var right = Right.Values.bmm(other.Right.Values.transpose(1, 2));
        var terms = Math.Max(LeftWidth, other.LeftWidth) + Right.Width + other.Right.Tokens;
        var gamma = Rounding.Gamma(terms, right.dtype);
        return new(SumOfPairs(right.mul_(left)), [.. AbsoluteBounds().Zip(other.AbsoluteBounds(), (mine, others) => gamma * mine * others)]);
    }

    /// <summary>What the exact S_i cannot exceed: computed lengths may be too small, by their squares' sums and the roots.</summary>
    private double[] AbsoluteBounds()
    {
        var factor = 1 + Rounding.Gamma(LeftWidth + Right.Width, Right.Values.dtype);
        return Array.ConvertAll(AbsoluteSums(), sum => factor * sum);
    }

    /// <summary>Sums <c>[batch, s, t]</c> over s and t, the second time in float64.</summary>
    protected static double[] SumOfPairs(Tensor pairs) => pairs.sum(2L).to(ScalarType.Float64).sum(1L).ToDoubles();

    /// <summary>Norms that were taken from G itself, with the slack (||fl(G)|| + gamma S)^2 less what was computed for ||fl(G)||^2.</summary>
    /// <param name="squaredNorms">||fl(G)||^2 by example, as computed.</param>
    /// <param name="terms">Terms that were added up in an entry of G.</param>
    /// <param name="summed">Terms that were added up in float32 of the squared entries, the square included.</param>
    protected SquaredNorms FromEntries(double[] squaredNorms, long terms, long summed)
    {
        var type = Right.Values.dtype;
        var (entryGamma, sumGamma) = (Rounding.Gamma(terms, type), Rounding.Gamma(summed, type));
        var slack = squaredNorms.Zip(AbsoluteBounds(), (squared, absolute) =>
        {
            var (length, error) = (Math.Sqrt(squared * (1 + sumGamma)), entryGamma * absolute);
            return sumGamma * squared + 2 * length * error + error * error;
        });
        return new(squaredNorms, [.. slack]);
    }
}

/// <summary>Both factors dense: the weight of a linear layer.</summary>
internal sealed class DenseOuterProduct(TokenRows left, TokenRows right) : OuterProduct(right)
{
    private const long ChunkElements = 1 << 21; // per-example gradients at once in the direct form: 8 MiB, which caches hold
    private readonly TokenRows left = left.Hold();

    /// <inheritdoc/>
    protected override long LeftWidth => left.Width;

    /// <inheritdoc/>
    /// <remarks>Ghost form (Goodfellow 2015; Li et al. 2022, section 4) or direct, whichever multiplies less: about T (m + n) / 2 against m n.</remarks>
    public override SquaredNorms SquaredNorms()
    {
        return Gram.Products(left.Tokens) * (left.Width + Right.Width) <= left.Tokens * left.Width * Right.Width ? Ghost() : Direct();
    }

    /// <summary>sum over s and t of (l_s . l_t)(r_s . r_t).</summary>
    internal SquaredNorms Ghost()
    {
        var absolute = (left.Gram.Squares() * Right.Gram.Squares()).sqrt().sum(1L).ToDoubles();
        var gamma = Rounding.Gamma(left.Width + Right.Width + left.Tokens, Right.Values.dtype);
        return new(left.Gram.PairSums(Right.Gram), Array.ConvertAll(absolute, sum => gamma * sum * sum));
    }

    /// <summary>The squared length of sum_t l_t r_t^T itself.</summary>
    internal SquaredNorms Direct()
    {
        var (narrow, wide) = NarrowFirst;
        var chunk = Math.Max(1, ChunkElements / (left.Width * Right.Width));
        var batch = left.Values.shape[0];
        var squared = new List<double>();
        for (long start = 0; start < batch; start += chunk)
        {
            using var scope = NewDisposeScope();
            var count = Math.Min(chunk, batch - start);
            var gradients = narrow.Values.narrow(0, start, count).transpose(1, 2).bmm(wide.Values.narrow(0, start, count));
            squared.AddRange(SumOfPairs(gradients.mul_(gradients)));
        }
        return FromEntries([.. squared], left.Tokens, wide.Width + 1);
    }

    /// <summary>Left and right with the narrower first: matrix products with few rows and many columns are several times faster than their transposes.</summary>
    private (TokenRows Narrow, TokenRows Wide) NarrowFirst => left.Width <= Right.Width ? (left, Right) : (Right, left);

    /// <inheritdoc/>
    protected override double[] AbsoluteSums() => (left.Lengths * Right.Lengths).sum(1L).ToDoubles();

    /// <inheritdoc/>
    protected override Tensor? LeftProducts(OuterProduct other)
    {
        return other is DenseOuterProduct dense ? left.Values.bmm(dense.left.Values.transpose(1, 2)) : null;
    }

    /// <summary>l_t at the given places: <c>[batch, these tokens, ids]</c> for ids <c>[batch, ids]</c>.</summary>
    public Tensor LeftEntries(Tensor ids) => left.Values.gather(2, ids.unsqueeze(1).expand(-1, left.Tokens, -1));

    /// <inheritdoc/>
    public override void AddWeightedSum(ExampleWeights weights, Tensor sum)
    {
        var (narrow, wide) = NarrowFirst;
        var product = weights.Scale(narrow.Values).reshape(-1, narrow.Width).t().mm(weights.Clean(wide.Values).reshape(-1, wide.Width));
        sum.add_(narrow == left ? product : product.t(), KeptNumbers.One);
    }

    /// <inheritdoc/>
    public override void NormsTaken()
    {
        left.NormTaken();
        base.NormsTaken();
    }

    /// <inheritdoc/>
    public override void Release()
    {
        left.Release();
        base.Release();
    }
}

/// <summary>Rows of a table chosen by ids: an embedding.</summary>
/// <param name="ids">int64, <c>[batch, tokens]</c>; owned from here on.</param>
/// <param name="rowCount">Rows of the table.</param>
/// <param name="right">The gradient at the output.</param>
internal sealed class LookupOuterProduct(Tensor ids, long rowCount, TokenRows right) : OuterProduct(right)
{
    /// <inheritdoc/>
    protected override long LeftWidth => 1;

    /// <inheritdoc/>
    /// <remarks>The rows of equal ids of an example are added up first: a repeated token is one row of the gradient.</remarks>
    public override SquaredNorms SquaredNorms()
    {
        var batch = ids.shape[0];
        long[] offsets = [.. Enumerable.Range(0, (int)batch).Select(example => example * rowCount)];
        var (places, inverse, _) = ids.add(tensor(offsets, device: ids.device).unsqueeze(1), KeptNumbers.One).reshape(-1).unique(sorted: true, return_inverse: true);
        var rows = zeros([places.shape[0], Right.Width], Right.Values.dtype, ids.device).index_add_(0, inverse!.reshape(-1), Right.Values.reshape(-1, Right.Width), KeptNumbers.One);
        var squares = rows.mul_(rows).sum(1L).ToDoubles();
        var perExample = new double[batch];
        foreach (var (place, square) in places.cpu().data<long>().ToArray().Zip(squares))
            perExample[place / rowCount] += square;
        return FromEntries(perExample, Right.Tokens, Right.Width + 1);
    }

    /// <inheritdoc/>
    protected override double[] AbsoluteSums() => Right.Lengths.sum(1L).ToDoubles();

    /// <inheritdoc/>
    protected override Tensor? LeftProducts(OuterProduct other) => other switch
    {
        LookupOuterProduct lookup => ids.unsqueeze(2).eq(lookup.Ids.unsqueeze(1)).to(Right.Values.dtype),
        DenseOuterProduct dense => dense.LeftEntries(ids).transpose(1, 2),
        _ => null,
    };

    private Tensor Ids => ids;

    /// <inheritdoc/>
    public override void AddWeightedSum(ExampleWeights weights, Tensor sum) => sum.index_add_(0, ids.reshape(-1), weights.Scale(Right.Values).reshape(-1, Right.Width).to(sum.dtype), KeptNumbers.One);

    /// <inheritdoc/>
    public override void Release()
    {
        ids.Dispose();
        base.Release();
    }
}

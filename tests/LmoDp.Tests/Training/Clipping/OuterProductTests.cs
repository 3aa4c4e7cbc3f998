using LmoDp.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Clipping;

/// <summary>Squared norms in float32 stay below their bounds: value + slack is at least the exact squared norm of the same rows.</summary>
public sealed class OuterProductTests
{
    private const int Batch = 6;
    private const double Unit = 1.0 / (1 << 24);

    /// <summary>Tokens, left width, right width: shapes where the ghost form is cheaper, shapes where the direct form is, with either side the narrower; one token.</summary>
    public static TheoryData<int, int, int> Shapes => new() { { 9, 40, 70 }, { 40, 70, 60 }, { 64, 5, 48 }, { 33, 6, 5 }, { 1, 20, 30 } };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void BoundHoldsForDenseRows(int tokens, int left, int right)
    {
        using var scope = NewDisposeScope();
        foreach (var spread in new[] { 0.0, 1e-6, 1e-3, 1.0 })
        {
            var (l, r) = Rows(tokens, left, right, spread);
            var exact = Gradient(l, r).square().sum([1L, 2L]);
            foreach (var form in new Func<DenseOuterProduct, SquaredNorms>[] { product => product.SquaredNorms(), product => product.Ghost(), product => product.Direct() })
                AssertBounds(exact, form(new DenseOuterProduct(new TokenRows(l), new TokenRows(r))), spread == 1);
        }
    }

    /// <summary>The head of a vocabulary of 128,256: the bound holds, and it is the one that is proven.</summary>
    [Theory]
    [InlineData(0.0)]
    [InlineData(1e-3)]
    [InlineData(1.0)]
    public void BoundHoldsForALargeVocabulary(double spread)
    {
        using var scope = NewDisposeScope();
        var (l, r) = Rows(tokens: 6, left: 128_256, right: 24, spread);
        l = l.abs().add(1e-4, 1); // products of one sign: what is lost in a sum has one sign more often, too
        var exact = Gradient(l, r).square().sum([1L, 2L]);
        var computed = new DenseOuterProduct(new TokenRows(l), new TokenRows(r)).SquaredNorms();
        AssertBounds(exact, computed, tight: false);
        AssertBounds(exact, new DenseOuterProduct(new TokenRows(l), new TokenRows(r)).Direct(), tight: false);

        var absolute = (l.to(ScalarType.Float64).square().sum(2L) * r.to(ScalarType.Float64).square().sum(2L)).sqrt().sum(1L).square();
        const int Terms = 128_256 + 24 + 6;
        foreach (var (slack, relative) in computed.Slack.Zip(absolute.ToDoubles(), (slack, square) => (slack, slack / square)))
            Assert.InRange(relative, Terms * Unit / (1 - Terms * Unit), 1.05 * Terms * Unit);
    }

    /// <summary>Table and head of one large vocabulary, with places of the table that cancel the head's.</summary>
    [Fact]
    public void BoundHoldsForATiedLargeVocabulary()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var (l, r) = Rows(tokens: 4, left: 50_257, right: 16, spread: 1);
        var ids = randint(0, 50_257, [Batch, 5], ScalarType.Int64, generator: generator);
        var rows = normal(0, 1, [Batch, 5, 16], generator: generator);
        var gradient = new MatrixGradient();
        gradient.Add(new DenseOuterProduct(new TokenRows(l), new TokenRows(r)));
        gradient.Add(new LookupOuterProduct(ids, 50_257, new TokenRows(rows)));
        var table = zeros([Batch, 50_257, 16], ScalarType.Float64).scatter_add_(1, ids.unsqueeze(2).expand(-1, -1, 16), rows.to(ScalarType.Float64));
        AssertBounds((Gradient(l, r) + table).square().sum([1L, 2L]), gradient.SquaredNorms(), tight: false);
    }

    /// <summary>Gamma against n u / (1 - n u) over 1 less that, in decimals.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(83_000)]
    [InlineData(132_608)]
    [InlineData(1_000_000)]
    [InlineData(4_000_000)]
    [InlineData(8_000_000)]
    public void GammaIsRelativeToWhatIsComputed(long terms)
    {
        var unit = terms / 16_777_216m;
        var gamma = unit / (1 - unit);
        Assert.InRange((decimal)Rounding.Gamma(terms, ScalarType.Float32) / (gamma / (1 - gamma)), 1.0099m, 1.0101m);
    }

    [Fact]
    public void GammaSaysNothingOfSumsThatMayBeAllError()
    {
        Assert.True(double.IsPositiveInfinity(Rounding.Gamma(1 << 23, ScalarType.Float32)));
        Assert.True(double.IsFinite(Rounding.Gamma(1 << 23, ScalarType.Float64)));
    }

    [Fact]
    public void BoundHoldsForRepeatedIds()
    {
        using var scope = NewDisposeScope();
        var (_, r) = Rows(30, 1, 16, 1e-6);
        using var generator = new Generator(4);
        var ids = randint(0, 7, [Batch, 30], ScalarType.Int64, generator: generator);
        var exact = Gradient(nn.functional.one_hot(ids, 7).to(ScalarType.Float32), r).square().sum([1L, 2L]);
        AssertBounds(exact, new LookupOuterProduct(ids, 7, new TokenRows(r)).SquaredNorms(), tight: false);
    }

    /// <summary>The three kinds of cross terms: table and head, head and head, table and table.</summary>
    [Fact]
    public void BoundHoldsForSumsOverUses()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var gradient = new MatrixGradient();
        var exact = zeros(Batch, 11, 8, dtype: ScalarType.Float64);
        for (var use = 0; use < 2; use++)
        {
            var (l, r) = Rows(5 + use, 11, 8, 1);
            gradient.Add(new DenseOuterProduct(new TokenRows(l), new TokenRows(r)));
            exact += Gradient(l, r);
            var ids = randint(0, 11, [Batch, 4 + use], ScalarType.Int64, generator: generator);
            (_, r) = Rows(4 + use, 1, 8, 1);
            gradient.Add(new LookupOuterProduct(ids, 11, new TokenRows(r)));
            exact += Gradient(nn.functional.one_hot(ids, 11).to(ScalarType.Float32), r);
        }
        AssertBounds(exact.square().sum([1L, 2L]), gradient.SquaredNorms(), tight: true);
    }

    private static void AssertBounds(Tensor exact, SquaredNorms computed, bool tight)
    {
        foreach (var (norm, value, slack) in exact.ToDoubles().Zip(computed.Value, computed.Slack))
        {
            Assert.InRange(norm, value - slack, value + slack);
            if (tight)
                Assert.InRange(slack / norm, 0, 1e-3);
        }
    }

    private static Tensor Gradient(Tensor left, Tensor right) => left.to(ScalarType.Float64).transpose(1, 2).bmm(right.to(ScalarType.Float64));

    /// <summary>Pairs of tokens whose contributions cancel up to a relative <paramref name="spread"/>: the norm is far smaller than its terms.</summary>
    private static (Tensor Left, Tensor Right) Rows(int tokens, int left, int right, double spread)
    {
        using var generator = new Generator(7);
        var (l, r) = (normal(0, 1, [Batch, tokens, left], generator: generator), normal(0, 1, [Batch, tokens, right], generator: generator));
        for (var t = 1; t < tokens && spread < 1; t += 2)
        {
            l[.., t] = l[.., t - 1] + spread * l[.., t];
            r[.., t] = -r[.., t - 1] + spread * r[.., t];
        }
        return (l, r);
    }
}

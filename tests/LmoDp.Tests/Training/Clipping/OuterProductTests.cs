using LmoDp.Training.Clipping;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Clipping;

/// <summary>Squared norms in float32 stay below their bounds: value + slack is at least the exact squared norm of the same rows.</summary>
public sealed class OuterProductTests
{
    private const int Batch = 6;

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

using LmoDp.Training.Pretraining;
using Xunit;
using static TorchSharp.torch;

namespace LmoDp.Tests.Training.Pretraining;

public class TokenStreamTests
{
    private const int End = 0;

    // Document d holds 10 d + 1, 10 d + 2, ..., 10 d + 7.
    private static TokenStream Stream() => new([.. Enumerable.Range(0, 5).Select(d => new PublicDocument([.. Enumerable.Range(10 * d + 1, 7)]))], End, 50);

    [Fact]
    public void SpansRunThroughDocumentsInOrderWithAnEndAfterEach()
    {
        using var scope = NewDisposeScope();
        var drawn = Stream().Draw(1, 2, 600, 9);
        Assert.Equal([600L, 10], drawn.shape);
        var starts = new HashSet<long>();
        for (var row = 0; row < 600; row++)
        {
            var span = drawn[row].data<long>().ToArray();
            starts.Add(span[0] == End ? -span[1] : span[0]);
            foreach (var (here, next) in span.Zip(span.Skip(1)))
                Assert.Equal(here == End ? 1 : here % 10 == 7 ? End : here % 10 + 1, next % 10);
        }
        Assert.Equal(31, starts.Count); // all 40 - 9 places: one is missed with probability 31 (30/31)^600 < 1e-7
    }

    [Fact]
    public void BatchesDependOnSeedAndNumber()
    {
        using var scope = NewDisposeScope();
        Assert.True(Stream().Draw(1, 2, 20, 9).Equals(Stream().Draw(1, 2, 20, 9)));
        Assert.False(Stream().Draw(1, 2, 20, 9).Equals(Stream().Draw(1, 3, 20, 9)));
        Assert.False(Stream().Draw(1, 2, 20, 9).Equals(Stream().Draw(2, 2, 20, 9)));
    }

    [Fact]
    public void FrequenciesCountTheEndToo() => Assert.Equal(5 / 40.0, Stream().Frequencies[End]);

    [Fact]
    public void ATextShorterThanASpanIsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => Stream().Draw(1, 2, 1, 40));
}

using LmoDp.Training.Metrics;
using Xunit;

namespace LmoDp.Tests.Training.Metrics;

public class RougeLAndCiderTests
{
    [Fact]
    public void RougeLTakesTheBestPrecisionAndTheBestRecall()
    {
        // Common subsequences "a c" and "b c d": precision 3/4 from the second reference, recall 2/2 from the first.
        Assert.Equal(2.44 * 0.75 / (1 + 1.44 * 0.75), RougeL.Score(Words("a b c d"), [Words("a c"), Words("b c d e f")]), 12);
        Assert.Equal(1, RougeL.Score(Words("a b"), [Words("x"), Words("a b")]), 12);
        Assert.Equal(0, RougeL.Score(Words("a b"), [Words("c"), Words("")]));
        Assert.Equal(0, RougeL.Score(Words(""), [Words("c")]));
    }

    [Fact]
    public void ACommonSubsequenceKeepsTheOrder()
        => Assert.Equal(2.44 * 0.5 * 0.5 / (0.5 + 1.44 * 0.5), RougeL.Score(Words("a b c d"), [Words("d c a b")]), 12);

    [Fact]
    public void CiderIsACosineOfRareRuns()
    {
        var cider = new Cider([[Words("a b")], [Words("c d")]]);
        // Runs of 1 and 2 words agree wholly, of 3 and 4 there are none.
        Assert.Equal(10 * 2 / 4.0, cider.Score(Words("a b"), [Words("a b")]), 12);
        // One word of two, and one pair fewer: exp(-1 / (2 * 36)).
        Assert.Equal(10 * Math.Sqrt(0.5) * Math.Exp(-1 / 72.0) / 4, cider.Score(Words("a"), [Words("a b")]), 12);
        // The second a counts in the output's length, not in what it shares.
        Assert.Equal(10 * 0.5 * Math.Sqrt(0.5) / 4, cider.Score(Words("a a"), [Words("a b")]), 12);
        Assert.Equal(10 * 1 / 4.0, cider.Score(Words("a b"), [Words("a b"), Words("c d")]), 12);
        Assert.Equal(0, cider.Score(Words(""), [Words("a b")]));
    }

    [Fact]
    public void WordsOfEveryTextCountNothingInCider()
    {
        var cider = new Cider([[Words("the a"), Words("the")], [Words("the b")]]);
        Assert.Equal(0, cider.Score(Words("the"), [Words("the")]));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

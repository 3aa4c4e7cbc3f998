using LmoDp.Training.Metrics;
using Xunit;

namespace LmoDp.Tests.Training.Metrics;

public class BleuAndNistTests
{
    [Theory]
    [InlineData("The Eagle's £20-25 café, near 5.5 km.", "the eagle's £20 - 25 café , near 5.5 km .")]
    [InlineData("CAFÉ ÉTOILE", "cafÉ Étoile")]
    [InlineData("1,000 or 1, 2 and .5", "1,000 or 1 , 2 and . 5")]
    [InlineData("family-friendly (yes) A&amp;B &quot;x&quot; a/b_c", "family-friendly ( yes ) a & b \" x \" a / b _ c")]
    [InlineData("  three\u00A0words\u2003here ", "three words here")]
    [InlineData("", "")]
    public void WordsAreThoseOfMteval(string text, string words) => Assert.Equal(words, string.Join(' ', MtevalWords.Of(text)));

    [Fact]
    public void BleuIsTheMeanPrecisionWithSmoothing()
    {
        // Shared runs: 5 of 6, 3 of 5, 1 of 4, and none of 3, which counts a half.
        var corpus = Corpus(("the cat sat on the mat", ["the cat is on the mat", "there is a cat on the mat"]));
        Assert.Equal(Math.Pow(5.0 / 6 * 3 / 5 * 1 / 4 * 0.5 / 3, 0.25), Bleu.Score(corpus), 12);
    }

    [Fact]
    public void BleuPunishesShortOutputsByTheClosestReference()
    {
        // No runs of 3 and 4 words at all: those precisions count 1. Six words lie as close to four as two do; the shorter counts.
        Assert.Equal(Math.Exp(1 - 6.0 / 2), Bleu.Score(Corpus(("the cat", ["the cat is on the mat"]))), 12);
        Assert.Equal(1, Bleu.Score(Corpus(("a b c d", ["a b c d e f", "a b", "a b c d"]))), 12);
        Assert.Equal(Bleu.Score(Corpus(("a b c d", ["a b c d e f", "x y"]))), Bleu.Score(Corpus(("a b c d", ["x y", "a b c d e f"]))), 12);
        Assert.Equal(1, Bleu.Score(Corpus(("a b c d", ["a b c d e f", "x y"]))), 12);
    }

    [Fact]
    public void AnOutputWithoutWordsScoresNothing()
    {
        Assert.Equal(0, Bleu.Score(Corpus(("", ["a b"]))));
        Assert.Equal(0, Nist.Score(Corpus(("", ["a b"]))));
        Assert.Equal(0, Nist.Score(Corpus(("a", ["<skipped>"]))));
    }

    [Fact]
    public void NistWeighsRunsByTheirInformation()
    {
        // Four words in the references: a twice, b and c once. Information: a 1 bit, b 2 bits, "a b" 1 bit beyond a.
        Assert.Equal((1.0 + 2) / 2 + 1, Nist.Score(Corpus(("a b", ["a b", "a c"]))), 12);
        // Half as long as the mean reference: 2^-(ln 2 / ln 1.5)^2.
        Assert.Equal(Math.Pow(2, -Math.Pow(Math.Log(2) / Math.Log(1.5), 2)), Nist.Score(Corpus(("a", ["a b", "a c"]))), 12);
    }

    [Fact]
    public void NistTakesAStartOfNoughtForNoStart()
    {
        // As for the script: "0 a" has log2(4 / 1) bits, not log2(2 / 1).
        Assert.Equal((1.0 + 2) / 2 + 2, Nist.Score(Corpus(("0 a", ["0 a", "0 b"]))), 12);
    }

    [Fact]
    public void NistsLengthIsTheMeanOverAllReferences()
    {
        // References of 1, 1 and 4 words: the mean is 2 a text, 4 for both; the outputs have 4, so there is no penalty.
        var corpus = Corpus(("a b", ["a", "b"]), ("c d", ["c d e f"]));
        Assert.Equal((4 * Math.Log2(6)) / 4 + (1 * Math.Log2(1)) / 2, Nist.Score(corpus), 12);
    }

    private static MtevalCorpus Corpus(params (string Output, string[] References)[] texts) => new([.. texts.Select(text => new JudgedText(text.Output, text.References))]);
}

using CsCheck;
using LmoDp.Training.Metrics;
using Xunit;

namespace LmoDp.Tests.Training.Metrics;

/// <summary>There are no published values of METEOR's first two stages alone, so the cases are worked by hand.</summary>
public class MeteorExactStemTests
{
    private static readonly Func<string, string> NoStems = word => word;

    [Theory]
    [InlineData("it does n't fit -lrb- 5 u.s. dollars -rrb-", "it does n 't fit -lrb- 5 us dollars -rrb-")]
    [InlineData("family-friendly pub 's 1990's # 20 ca n't", "family friendly pub ' s 1990 's # 20 ca n 't")]
    [InlineData("mr. smith of acme inc. 5, 1,000 , a,b café.", "mr. smith of acme inc . 5 , 1,000 , a , b café .")]
    public void TextIsNormalised(string text, string words) => Assert.Equal(words, string.Join(' ', MeteorText.Words(text)));

    [Fact]
    public void EqualTextsScoreOne() => Assert.Equal(1, Score("the cat sat", "the cat sat"), 12);

    [Fact]
    public void AStemCountsLessAndAFunctionWordToo()
    {
        // Weights 0.25 for "the" and 0.75 for the others; "cats" only by its stem. All is matched in one chunk, so there is no penalty.
        Assert.Equal((0.25 + 0.6 * 0.75 + 0.75) / 1.75, Score("the cats sat", "the cat sat"), 12);
    }

    [Fact]
    public void ChunksArePunished()
    {
        Assert.Equal(1 - 0.6 * Math.Pow(2 / 3.0, 0.2), Score("sat the cat", "the cat sat"), 12);
        // P = 0.75 / 1, R = 0.75 / 1.75; one match, one chunk.
        Assert.Equal((1 - 0.6) / (0.15 / 0.75 + 0.85 / (0.75 / 1.75)), Score("a cat", "cat sat the"), 12);
    }

    [Fact]
    public void WithoutAMatchTheScoreIsNought()
    {
        Assert.Equal(0, Score("dog", "cat"));
        Assert.Equal(0, Score("", "cat"));
    }

    [Fact]
    public void TheBestReferenceCounts() => Assert.Equal(1, Score("the cat sat", "dog", "the cat sat", "sat the cat"), 12);

    [Fact]
    public void ACorpusIsScoredByItsSums()
    {
        // The first pair is equal and adds no chunk; the second has one match of two words.
        var score = MeteorExactStem.Score([(Words("cat sat"), [Words("cat sat")]), (Words("dog ran"), [Words("dog sang")])]);
        var share = (1.5 + 0.75) / 3;
        Assert.Equal(share * (1 - 0.6 * Math.Pow(1 / 3.0, 0.2)), score, 12);
    }

    [Fact]
    public void TheAlignmentWithFewestChunksIsTaken()
    {
        var alignment = WordAlignment.Of(Words("a b a c"), Words("a c"), NoStems);
        Assert.Equal([new WordMatch(2, 0, true), new WordMatch(3, 1, true)], alignment.Matches);
        Assert.Equal(1, alignment.Chunks);
    }

    [Fact]
    public void OfEqualAlignmentsTheStraighterIsTaken()
        => Assert.Equal([new WordMatch(1, 1, true)], WordAlignment.Of(Words("x a y a"), Words("z a w"), NoStems).Matches);

    [Fact]
    public void ExactMatchesComeBeforeStems()
    {
        var alignment = WordAlignment.Of(Words("cats cat"), Words("cat"), EnglishStem.Of);
        Assert.Equal([new WordMatch(1, 0, true)], alignment.Matches);
    }

    [Fact]
    public void ShortTextsAreAlignedAsBestCanBe()
    {
        // Against all alignments: as many matches as can be, then as few chunks. The beam holds every path of such texts.
        var text = Gen.Char["abc"].Array[0, 4].Select(letters => letters.Select(letter => letter.ToString()).ToArray());
        Gen.Select(text, text).Sample((output, reference) =>
        {
            var found = WordAlignment.Of(output, reference, NoStems);
            var best = All(output, reference, 0, [], null).Min();
            Assert.Equal(best, (-found.Matches.Count, found.Chunks));
        }, seed: "0000000000042", iter: 2_000);
    }

    private static IEnumerable<(int, int)> All(string[] output, string[] reference, int place, int[] used, WordMatch? last)
    {
        if (place == reference.Length)
            return [(0, 0)];
        var without = All(output, reference, place + 1, used, last);
        return without.Concat(Enumerable.Range(0, output.Length).Where(i => output[i] == reference[place] && !used.Contains(i)).SelectMany(i =>
        {
            var joined = last is { } before && before.Reference == place - 1 && before.Output == i - 1;
            return All(output, reference, place + 1, [.. used, i], new WordMatch(i, place, true)).Select(rest => (rest.Item1 - 1, rest.Item2 + (joined ? 0 : 1)));
        }));
    }

    private static double Score(string output, params string[] references) => MeteorExactStem.Score([(Words(output), [.. references.Select(Words)])]);

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

using LmoDp.Models.Tokenizers;
using Xunit;

namespace LmoDp.Tests.Models;

public class BytePairTrainerTests
{
    private static readonly string[] Special = ["<s>", "<pad>"];

    [Fact]
    public void MergesTheMostFrequentPairFirst()
    {
        var trainer = new BytePairTrainer();
        trainer.Add("low low low lower newest newest newest newest newest newest widest widest widest");
        var vocabulary = trainer.Train(256 + 2 + 4, Special);
        // Sennrich et al. 2016: e s, then es t; here ties of 9 occurrences go to the pair that sorts first.
        Assert.Equal([("e", "s"), ("es", "t"), ("e", "w"), ("ew", "est")], vocabulary.Merges);
        Assert.Equal(262, vocabulary.Tokens.Count);
        Assert.Equal(["<s>", "<pad>"], vocabulary.Tokens.Take(2));
        Assert.Equal("est", vocabulary.Tokens[259]);
    }

    [Fact]
    public void EveryByteHasATokenOfItsOwn()
    {
        var vocabulary = new BytePairTrainer().Train(1000, Special);
        Assert.Equal(258, vocabulary.Tokens.Count);
        Assert.Equal(258, vocabulary.Tokens.Distinct().Count());
        Assert.DoesNotContain(vocabulary.Tokens, token => token.Any(char.IsWhiteSpace));
    }

    [Fact]
    public void TheOrderOfTheTextsDoesNotMatter()
    {
        string[] texts = ["the cat sat", "on the mat", "that is that", "cats and hats", "the the the"];
        Assert.Equal(Learn(texts), Learn(texts.Reverse()));

        static IReadOnlyList<(string, string)> Learn(IEnumerable<string> texts)
        {
            var trainer = new BytePairTrainer();
            foreach (var text in texts)
                trainer.Add(text);
            return trainer.Train(290, Special).Merges;
        }
    }

    [Fact]
    public void RarePairsStayApart()
    {
        var trainer = new BytePairTrainer();
        trainer.Add("abab xy");
        Assert.Equal([("a", "b")], trainer.Train(1000, Special, minimumCount: 2).Merges);
    }
}

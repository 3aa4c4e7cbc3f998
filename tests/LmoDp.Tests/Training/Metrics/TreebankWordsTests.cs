using System.Text.Json;
using LmoDp.Training.Metrics;
using Xunit;

namespace LmoDp.Tests.Training.Metrics;

public class TreebankWordsTests
{
    [Theory]
    [InlineData("Blue Spice (rated 5 out of 5), in the city centre.", "blue spice -lrb- rated 5 out of 5 -rrb- in the city center")]
    [InlineData("Centre, centre, centres; favourite colour, our four hours of glamour", "centre center centres favorite color our four hours of glamour")]
    [InlineData("It's theirs; we're sure they'll say: don't, can't, won't.", "it 's theirs we 're sure they 'll say do n't ca n't wo n't")]
    [InlineData("IT’S NOT WE'RE", "it 's not we 're")]
    [InlineData("I cannot stop", "i can not stop")]
    [InlineData("£20-£25, 20£-25, £20-25 or $5.50", "# 20 # 25 20 # -25 # 20-25 or $ 5.50")]
    [InlineData("A family-friendly, 5-star, 3.5-star pub - really -- yes --- no…", "a family-friendly 5-star 3.5-star pub really yes no")]
    [InlineData("'The Punter', \"The Mill\" and the ‘Vaults’", "the punter the mill and the vaults")]
    [InlineData("Mr. Smith vs. J. Doe of the U.S. at 5 p.m. etc.", "mr. smith vs. j. doe of the u.s. at 5 p.m. etc.")]
    [InlineData("Near the center., by the river,there", "near the center. by the river there")]
    [InlineData("hors d'oeuvre, O'Brien's rock 'n' roll in the '90s, ol' c'mon", "hors d'oeuvre o'brien 's rock 'n' roll in the '90s ol' c'mon")]
    [InlineData("1/2, 5 1/2 and/or 1/5/2017; AT&T, R&amp;B & 50%", "1\\/2 5\u00A01\\/2 and\\/or 1\\/5\\/2017 at&t r&b & 50 %")]
    [InlineData("see www.my-pub.com/ab or me@example.org [1] {x} *", "see www.my-pub.com\\/ab or me@example.org -lrb- 1 -rrb- -lcb- x -rcb- \\*")]
    [InlineData("Really?! Yes! Café Müller \U0001F600 naïve", "really ?! yes café müller naïve")]
    [InlineData(" \t ", "")]
    public void WordsAreThoseOfTheTreebankTokenizer(string text, string words) => Assert.Equal(words, string.Join(' ', TreebankWords.Of(text)));

    [Theory]
    [InlineData("realised", "realized")]
    [InlineData("organisations", "organizations")]
    [InlineData("travelling", "traveling")]
    [InlineData("theatres", "theaters")]
    [InlineData("programmes", "programs")]
    [InlineData("anaemia", "anemia")]
    [InlineData("haematoma", "hematoma")]
    [InlineData("leukaemic", "leukemic")]
    [InlineData("Defence", "Defense")]
    [InlineData("contours", "contours")]
    [InlineData("neighbours", "neighbors")]
    [InlineData("rise", "rise")]
    public void BritishSpellingsBecomeAmerican(string british, string american) => Assert.Equal(american, AmericanSpelling.Of(british));

    [Fact]
    public void ReferenceTextsAreMet()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("goldens", "metrics", "ptb_tokens.json")));
        foreach (var text in golden.RootElement.EnumerateArray())
            Assert.Equal(text.GetProperty("tokens").GetString(), string.Join(' ', TreebankWords.Of(text.GetProperty("text").GetString()!)));
        Assert.Equal(331, golden.RootElement.GetArrayLength());
    }
}

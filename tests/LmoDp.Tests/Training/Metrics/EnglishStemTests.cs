using LmoDp.Training.Metrics;
using Xunit;

namespace LmoDp.Tests.Training.Metrics;

public class EnglishStemTests
{
    // Stems that libstemmer 2.2 gives.
    [Theory]
    [InlineData("consign consigned consigning consignment consist consistency consistent consistently", "consign consign consign consign consist consist consist consist")]
    [InlineData("knack knees knives knightly knots knowingly", "knack knee knive knight knot know")]
    [InlineData("caresses ties cries gas gaps kiwis this abacus dies", "caress tie cri gas gap kiwi this abacus die")]
    [InlineData("agreed feed luxuriated hopping hoping bled troubling sized failing filing bedly", "agre feed luxuri hop hope bled troubl size fail file bed")]
    [InlineData("cry by say saying boyish enjoying youth yellow", "cri by say say boyish enjoy youth yellow")]
    [InlineData("rational conditional radically hopefulness analogy geology sky skies skis", "ration condit radic hope analog geolog sky sky ski")]
    [InlineData("general generously communism arsenal dying news inning outings proceeding atlas", "general generous communism arsenal die news inning outing proceed atlas")]
    [InlineData("relate probate controlled control rolled tall adoption revival possession", "relat probat control control roll tall adopt reviv possess")]
    [InlineData("restaurant's families friendly located priced prices rating ratings rated o'clock 's'", "restaur famili friend locat price price rate rate rate o'clock s")]
    [InlineData("a is sing bed abl ied", "a is sing bed abl ie")]
    [InlineData("café 5 family-friendly", "café 5 family-friend")]
    public void StemsAreThoseOfSnowball(string words, string stems) => Assert.Equal(stems, string.Join(' ', words.Split(' ').Select(EnglishStem.Of)));
}

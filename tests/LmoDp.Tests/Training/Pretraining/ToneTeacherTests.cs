using LmoDp.Training.Pretraining;
using Xunit;

namespace LmoDp.Tests.Training.Pretraining;

public class ToneTeacherTests
{
    private const int Good = 10, Bad = 11, FirstPlainWord = 100, RatedReviews = 400;

    /// <summary>A text of 60 tokens, some of which praise or blame.</summary>
    private static PublicDocument Review(int number, int good, int bad, double? rating)
    {
        var random = new Random(number);
        var ids = Enumerable.Range(0, 60).Select(_ => FirstPlainWord + random.Next(10)).ToArray();
        for (var i = 0; i < good + bad; i++)
            ids[2 * i] = i < good ? Good : Bad;
        return new PublicDocument(ids, rating);
    }

    private static List<PublicDocument> Rated() =>
        [.. Enumerable.Range(0, RatedReviews).Select(n => n % 2 == 0 ? Review(n, 3, 0, 0.9) : Review(n, 0, 3, 0.1))];

    [Fact]
    public void AStatedRatingCounts()
    {
        var teacher = ToneTeacher.Learn(Rated());
        Assert.Equal(1, teacher.Tone(Review(1000, 0, 5, 0.7)));
        Assert.Equal(0, teacher.Tone(Review(1001, 5, 0, 0.4)));
        Assert.Equal(float.NaN, teacher.Tone(Review(1002, 5, 0, 0.55)));
    }

    [Fact]
    public void WithoutARatingTheWordsTell()
    {
        var documents = Rated();
        documents.AddRange(Enumerable.Range(1000, 90).Select(n => (n % 3) switch { 0 => Review(n, 8, 0, null), 1 => Review(n, 0, 8, null), _ => Review(n, 0, 0, null) }));
        var teacher = ToneTeacher.Learn(documents);
        Assert.All(documents.Skip(RatedReviews).Where((_, i) => (i + 1000) % 3 == 0), document => Assert.NotEqual(0, teacher.Tone(document)));
        Assert.All(documents.Skip(RatedReviews).Where((_, i) => (i + 1000) % 3 == 1), document => Assert.NotEqual(1, teacher.Tone(document)));
        Assert.InRange(documents.Skip(RatedReviews).Count(document => teacher.Tone(document) == 1), 25, 31);
        Assert.InRange(documents.Skip(RatedReviews).Count(document => teacher.Tone(document) == 0), 25, 31);
    }

    [Fact]
    public void TextsThatAreTooShortForAReviewSayNothing()
        => Assert.Equal(float.NaN, ToneTeacher.Learn(Rated()).Tone(new PublicDocument([Good, Good, Good])));

    [Fact]
    public void TooFewRatingsAreRefused()
        => Assert.Contains("at least 20 of each", Assert.Throws<BadInputException>(() => ToneTeacher.Learn([.. Rated().Take(30)])).Message, StringComparison.Ordinal);
}

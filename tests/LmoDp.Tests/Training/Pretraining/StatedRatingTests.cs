using LmoDp.Training.Pretraining;
using Xunit;

namespace LmoDp.Tests.Training.Pretraining;

public class StatedRatingTests
{
    [Theory]
    [InlineData("Great fun. 8/10", "Great fun.  ", 0.8)]
    [InlineData("I give it 3.5 out of 5 for effort", "I give it   for effort", 0.7)]
    [InlineData("Two out of four stars.", " .", 0.5)]
    [InlineData("9 / 10, no: 10/10!", "  , no:  !", 0.95)]
    [InlineData("1 out of a possible 10", " ", 0.1)]
    public void RatingsAreFoundAndTakenOut(string text, string rest, double rating)
    {
        var found = StatedRating.Extract(text);
        Assert.Equal(rest.Replace("  ", " "), found.Text.Replace("  ", " "));
        Assert.Equal(rating, found.Rating!.Value, 12);
    }

    [Theory]
    [InlineData("Seen on 11/10, a Friday")] // more than the scale
    [InlineData("made in 1998/10")]
    [InlineData("24/7/10 was the date")]
    [InlineData("nine of us out of town")]
    [InlineData("")]
    public void OtherNumbersAreNot(string text) => Assert.Equal((text, null), StatedRating.Extract(text));

    [Fact]
    public void RatingsThatContradictEachOtherSayNothing() => Assert.Null(StatedRating.Extract("the first gets 9/10, the second 2/10").Rating);
}

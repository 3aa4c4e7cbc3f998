using LmoDp.Training.Data;
using Xunit;

namespace LmoDp.Tests.Training;

public sealed class PrivateReviewsTests
{
    [Fact]
    public void TheSameSeedGivesTheSameReviewsAndAllAreDistinct()
    {
        var one = PrivateReviews.Generate(1, 3000);
        Assert.Equal(one, PrivateReviews.Generate(1, 3000));
        Assert.NotEqual(one, PrivateReviews.Generate(2, 3000));
        Assert.Equal(3000, one.Select(review => review.Text).Distinct().Count());
        Assert.InRange(one.Average(review => review.Label), 0.46, 0.54);
        Assert.All(one, review => Assert.InRange(review.Text.Length, 10, 400));
    }

    [Fact]
    public void TheFilesAreReadByTheTaskAndShareNoReview()
    {
        using var folder = new TemporaryFolder();
        PrivateReviews.Write(folder.Path, seed: 3, trainRows: 400, testRows: 100);
        var (train, test) = (PrivateReviews.Task.Read(folder.File("train.csv")), PrivateReviews.Task.Read(folder.File("test.csv")));
        Assert.Equal((400, 100), (train.Examples.Count, test.Examples.Count));
        Assert.Equal(PrivateReviews.Generate(3, 500), train.Examples.Concat(test.Examples));
    }

    [Fact]
    public void ABagOfWordsLearnsThemButNotAll()
    {
        var reviews = PrivateReviews.Generate(1, 12_000);
        Assert.InRange(BagOfWordsAccuracy(reviews.Take(10_000).ToArray(), reviews.Skip(10_000).ToArray()), 0.83, 0.90);
    }

    /// <summary>Test accuracy of logistic regression on the words, by stochastic gradient descent.</summary>
    private static double BagOfWordsAccuracy(TextExample[] train, TextExample[] test)
    {
        var weights = new Dictionary<string, double>(StringComparer.Ordinal);
        double bias = 0;
        for (var epoch = 0; epoch < 12; epoch++)
        {
            foreach (var review in train)
            {
                var words = review.Text.Split(' ').Distinct().ToArray();
                var error = review.Label - 1 / (1 + Math.Exp(-Score(words)));
                var step = 0.2 / (1 + epoch) * error;
                bias += step;
                foreach (var word in words)
                    weights[word] = weights.GetValueOrDefault(word) * (1 - 1e-5) + step;
            }
        }
        return test.Average(review => (Score(review.Text.Split(' ').Distinct()) > 0) == (review.Label == 1) ? 1.0 : 0.0);

        double Score(IEnumerable<string> words) => bias + words.Sum(word => weights.GetValueOrDefault(word));
    }
}

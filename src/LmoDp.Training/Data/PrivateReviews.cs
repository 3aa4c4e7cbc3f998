using CsvHelper;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Training.Data;

/// <summary>
/// The data set of <c>lmodp demo</c>: short customer reviews that a generator makes up. They stand in for private text and are plainly synthetic: no person wrote
/// them and none is described. They are noisy on purpose: mixed verdicts, negations, double negations, spelling mistakes, and some labels that contradict their text,
/// so that no model reaches 100 %.
/// </summary>
public static class PrivateReviews
{
    /// <summary>The label values, in the order of the model's outputs.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["negative", "positive"];

    /// <summary>The task of the files that <see cref="Write"/> makes.</summary>
    public static ClassificationTask Task { get; } = ClassificationTask.Custom("review", null, "verdict", Labels, null);

    /// <summary>Distinct reviews, the same for the same seed.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="count">How many.</param>
    public static IReadOnlyList<TextExample> Generate(long seed, int count)
    {
        using var random = AesCtrRandomSource.FromSeed(seed, "reviews");
        var writer = new ReviewWriter(random);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var reviews = new List<TextExample>(count);
        while (reviews.Count < count)
        {
            var review = writer.Next();
            if (seen.Add(review.Text))
                reviews.Add(review);
        }
        return reviews;
    }

    /// <summary>Writes <c>train.csv</c> and <c>test.csv</c> (columns review, verdict), which share no review.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="seed">Any number.</param>
    /// <param name="trainRows">Rows to train on.</param>
    /// <param name="testRows">Rows to test on.</param>
    public static void Write(string folder, long seed = 1, int trainRows = 20_000, int testRows = 2_000)
    {
        var reviews = Generate(seed, trainRows + testRows);
        WriteFile(Path.Combine(folder, "train.csv"), reviews.Take(trainRows));
        WriteFile(Path.Combine(folder, "test.csv"), reviews.Skip(trainRows));
    }

    private static void WriteFile(string path, IEnumerable<TextExample> reviews) => AtomicFile.Write(path, stream =>
    {
        using var csv = CsvWriter.Create(stream, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true);
        csv.WriteField("review");
        csv.WriteField("verdict");
        csv.EndRecord();
        foreach (var review in reviews)
        {
            csv.WriteField(review.Text);
            csv.WriteField(Labels[review.Label]);
            csv.EndRecord();
        }
    });
}

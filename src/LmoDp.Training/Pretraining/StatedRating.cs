using System.Globalization;
using System.Text.RegularExpressions;

namespace LmoDp.Training.Pretraining;

/// <summary>Ratings that reviewers state in public reviews: "8/10", "3.5 out of 5", "three out of four stars". They tell a text's tone without anybody having labelled it.</summary>
public static partial class StatedRating
{
    /// <summary>Ratings of one text that differ by more than this, as a share of the scale, say nothing about the whole.</summary>
    private const double LargestSpread = 0.35;

    private static readonly string[] NumberWords = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

    /// <summary>Takes the ratings out of a text, so that a model cannot read them off.</summary>
    /// <param name="text">A review.</param>
    /// <returns>The text without them, and their mean as a share of the scale, from 0 to 1; null where none is stated, or where they contradict each other.</returns>
    public static (string Text, double? Rating) Extract(string text)
    {
        var ratings = new List<double>();
        var rest = Rating().Replace(text, match =>
        {
            var share = Value(match.Groups["value"].Value) / Value(match.Groups["scale"].Value);
            if (share > 1) // "24/10": a date, or enthusiasm
                return match.Value;
            ratings.Add(share);
            return " ";
        });
        return ratings.Count == 0 || ratings.Max() - ratings.Min() > LargestSpread ? (rest, null) : (rest, ratings.Average());
    }

    private static double Value(string number)
    {
        var word = Array.IndexOf(NumberWords, number.ToLowerInvariant());
        return word >= 0 ? word : double.Parse(number.Replace(',', '.'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
    }

    private const string Words = "zero|one|two|three|four|five|six|seven|eight|nine|ten";

    [GeneratedRegex($@"(?<![\w/.-])(?<value>\d{{1,2}}(?:[.,]\d+)?|{Words})(?: stars?)? ?(?:/|out of)(?: a(?: possible)?)? ?(?<scale>4|5|10|four|five|ten)(?: stars?)?(?![\w/])",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Rating();
}

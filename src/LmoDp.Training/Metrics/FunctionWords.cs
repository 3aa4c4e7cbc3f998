namespace LmoDp.Training.Metrics;

/// <summary>
/// English function words for <see cref="MeteorExactStem"/>. METEOR's own list (words above a relative frequency of 10^-3 in large collections of news) could not be had; this one has the words
/// that are above 10^-3 in each of three: film reviews, restaurant reviews and 19th-century novels (10.9 million words).
/// </summary>
internal static class FunctionWords
{
    /// <summary>The words, in lower case.</summary>
    public static IReadOnlySet<string> English { get; } = new HashSet<string>("""
        a about all an and are as at be been but by can could do first for from good great had has have he i if in is it like little made me more much my never no not of on one only or out s she so some
        t that the their them there they this time to too up very was we well were what when will with would you
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
}

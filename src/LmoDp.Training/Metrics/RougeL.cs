namespace LmoDp.Training.Metrics;

/// <summary>
/// ROUGE-L (Lin 2004) of a text as coco-caption has it: the longest common subsequence with a reference, over the output's words (precision) and over the reference's (recall), the best of each
/// over the references, joined as (1 + b^2) P R / (R + b^2 P) with b = 1.2. The score of a corpus is the mean.
/// </summary>
internal static class RougeL
{
    private const double BetaSquared = 1.2 * 1.2;

    /// <summary>The score of a text, from 0 to 1.</summary>
    /// <param name="output">Words of the output.</param>
    /// <param name="references">Words of each reference.</param>
    public static double Score(IReadOnlyList<string> output, IReadOnlyList<IReadOnlyList<string>> references)
    {
        var common = references.Select(reference => (double)LongestCommonSubsequence(output, reference)).ToArray();
        if (common.Max() == 0)
            return 0;
        var precision = common.Max() / output.Count;
        var recall = common.Zip(references, (length, reference) => length / Math.Max(1, reference.Count)).Max();
        return (1 + BetaSquared) * precision * recall / (recall + BetaSquared * precision);
    }

    private static int LongestCommonSubsequence(IReadOnlyList<string> one, IReadOnlyList<string> other)
    {
        // lengths[j]: of the part of one read so far and the first j words of the other.
        var lengths = new int[other.Count + 1];
        foreach (var word in one)
        {
            var diagonal = 0;
            for (var j = 1; j <= other.Count; j++)
            {
                var above = lengths[j];
                lengths[j] = word == other[j - 1] ? diagonal + 1 : Math.Max(above, lengths[j - 1]);
                diagonal = above;
            }
        }
        return lengths[^1];
    }
}

namespace LmoDp.Training.Pretraining;

/// <summary>Lengths of the spans of training batches in tokens, special tokens included, and how often each is used: short spans are cheap, long ones teach long memory.</summary>
/// <param name="choices">Lengths in rising order, with shares that add up to 1.</param>
public sealed class SpanLengths(params (int Tokens, double Share)[] choices)
{
    /// <summary>The longest span.</summary>
    public int Longest => choices[^1].Tokens;

    /// <summary>The length of a batch's spans, which the seed and the number determine.</summary>
    public int Choose(long seed, long number)
    {
        var at = new Random(unchecked((int)(seed * 7919 + number))).NextDouble();
        var length = Array.Find(choices, choice => (at -= choice.Share) < 0).Tokens;
        return length == 0 ? Longest : length;
    }
}

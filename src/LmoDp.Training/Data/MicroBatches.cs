namespace LmoDp.Training.Data;

/// <summary>Divides the examples of a logical batch among micro-batches that fit memory.</summary>
public static class MicroBatches
{
    /// <summary>
    /// Examples of like length go together, so that little is padding. The division depends on the examples and their lengths only, never on their order:
    /// a repeated step adds up the same numbers in the same order.
    /// </summary>
    /// <param name="examples">Indices.</param>
    /// <param name="length">Tokens of an example.</param>
    /// <param name="tokenBudget">Most tokens in a micro-batch, padding included; a single longer example gets one of its own.</param>
    public static IEnumerable<int[]> Divide(IEnumerable<int> examples, Func<int, int> length, int tokenBudget)
    {
        var batch = new List<int>();
        foreach (var example in examples.OrderByDescending(length).ThenBy(example => example))
        {
            if (batch.Count > 0 && (batch.Count + 1) * length(batch[0]) > tokenBudget)
            {
                yield return [.. batch];
                batch.Clear();
            }
            batch.Add(example);
        }
        if (batch.Count > 0)
            yield return [.. batch];
    }

    /// <summary>Batches of one shape each. Which of a shape's batches an example comes into depends on the others, but not the size of any.</summary>
    /// <param name="examples">Indices.</param>
    /// <param name="shape">The shape of an example's batches.</param>
    public static IEnumerable<(BatchShape Shape, int[] Examples)> OfOneShape(IEnumerable<int> examples, Func<int, BatchShape> shape)
        => examples.GroupBy(shape).OrderByDescending(group => group.Key.Width).ThenBy(group => group.Key.Places)
            .SelectMany(group => group.Order().Chunk(group.Key.Rows).Select(batch => (group.Key, batch)));
}

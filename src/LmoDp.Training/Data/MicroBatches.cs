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

    /// <summary>
    /// Batches of one shape each, every example in its own row: which of a shape's batches it comes into depends on the others, but neither the size of the batch nor its place in it. (Kernels
    /// compute the ends of their ranges otherwise than the middle, so the last bits of a loss may depend on the row.)
    /// </summary>
    /// <param name="examples">Indices.</param>
    /// <param name="shape">The shape of an example's batches.</param>
    /// <param name="row">Its row in them.</param>
    public static IEnumerable<PlacedBatch> OfOneShape(IEnumerable<int> examples, Func<int, BatchShape> shape, Func<int, int> row)
    {
        foreach (var group in examples.GroupBy(shape).OrderByDescending(group => group.Key.Width).ThenBy(group => group.Key.Places))
        {
            var waiting = group.GroupBy(row).OrderBy(same => same.Key).Select(same => (Row: same.Key, Examples: same.Order().ToArray())).ToArray();
            for (var batch = 0; batch < waiting.Max(same => same.Examples.Length); batch++)
                yield return new PlacedBatch(group.Key, [.. waiting.Where(same => batch < same.Examples.Length).Select(same => (same.Row, same.Examples[batch]))]);
        }
    }
}

/// <summary>Examples of one shape, each in its row.</summary>
/// <param name="Shape">The batch's size.</param>
/// <param name="Placed">Row and example.</param>
public sealed record PlacedBatch(BatchShape Shape, IReadOnlyList<(int Row, int Example)> Placed)
{
    /// <summary>An example for each row: where none belongs, one that is computed once more and means nothing there.</summary>
    public int[] Rows()
    {
        var rows = new int[Shape.Rows];
        Array.Fill(rows, Placed[0].Example);
        foreach (var (row, example) in Placed)
            rows[row] = example;
        return rows;
    }
}

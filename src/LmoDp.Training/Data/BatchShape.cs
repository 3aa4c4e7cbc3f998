namespace LmoDp.Training.Data;

/// <summary>
/// The size of a batch, given by a public rule from an example's own length, never from the others in the batch: and so is the row of the batch (<see cref="RowOf"/>): an example's place in arithmetic does not change when another comes or goes.
/// </summary>
/// <param name="Rows">Rows; those that no example fills are padding.</param>
/// <param name="Width">Tokens of a row.</param>
/// <param name="Places">Places of a row at which something is predicted; 0 where that is not the task.</param>
public readonly record struct BatchShape(int Rows, int Width, int Places = 0)
{
    /// <summary>Lengths are rounded up to multiples of this: few shapes, little padding.</summary>
    private const int Unit = 4;

    /// <summary>Tokens of a batch. Small, since every shape's last batch is filled up, and large enough to keep a processor busy.</summary>
    private const int Tokens = 128;

    /// <summary>The shape of an example's batches.</summary>
    /// <param name="length">Its tokens.</param>
    /// <param name="most">The longest text, a public setting.</param>
    /// <param name="places">Its places of prediction.</param>
    /// <param name="tokensPerPlace">What a place weighs, in tokens.</param>
    public static BatchShape Of(int length, int most, int places = 0, double tokensPerPlace = 0)
    {
        var (width, rounded) = (RoundedUp(length, most), RoundedUp(places, most));
        return new BatchShape(Math.Max(1, Tokens / Math.Max(width, (int)(rounded * tokensPerPlace))), width, rounded);
    }

    /// <summary>The row in which a text is computed, whatever else the batch holds: a hash of its own ids (FNV-1a).</summary>
    public int RowOf(IEnumerable<int> ids) => (int)(ids.Aggregate(2166136261u, (hash, id) => unchecked((hash ^ (uint)id) * 16777619u)) % (uint)Rows);

    private static int RoundedUp(int length, int most) => Math.Min((length + Unit - 1) / Unit * Unit, most);
}

using LmoDp.Training.Ledger;

namespace LmoDp.Training.Data;

/// <summary>The examples of one file, and the units of privacy that they form: each row one unit, or all rows with one value in the unit column.</summary>
public sealed class TextDataset
{
    private readonly Lazy<byte[]> digest;

    /// <param name="name">How messages and the run record call it: the file's name, without its folder.</param>
    /// <param name="examples">At least one example; either all of them or none name a unit.</param>
    /// <param name="skippedRows">Rows that the task's public rule left out.</param>
    public TextDataset(string name, IReadOnlyList<TextExample> examples, int skippedRows = 0)
    {
        if (examples.Count == 0)
            throw new BadInputException($"{name}: there is no row below the header");
        Name = name;
        Examples = examples;
        SkippedRows = skippedRows;
        Units = GroupByUnit(examples);
        digest = new Lazy<byte[]>(() => DigestOf(examples));
    }

    /// <summary>The file's name, without its folder.</summary>
    public string Name { get; }

    /// <summary>The rows, in the file's order.</summary>
    public IReadOnlyList<TextExample> Examples { get; }

    /// <summary>The rows (indices into <see cref="Examples"/>) of each unit of privacy, units in order of first appearance. Their count is the n of the guarantee.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Units { get; }

    /// <summary>Rows that the task's public rule left out (<see cref="ClassificationTask"/>).</summary>
    public int SkippedRows { get; }

    /// <summary>
    /// SHA-256 over texts, labels and units in order; it changes with any row. Whoever holds it can test guesses about the last unknown row, so it must
    /// never be written out or shown: the ledger keeps it under the run key only.
    /// </summary>
    public ReadOnlyMemory<byte> Digest => digest.Value;

    private static IReadOnlyList<IReadOnlyList<int>> GroupByUnit(IReadOnlyList<TextExample> examples)
    {
        if (examples[0].Unit is null)
            return Enumerable.Range(0, examples.Count).Select(row => (IReadOnlyList<int>)[row]).ToArray();
        var units = new List<List<int>>();
        var unitOf = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var row = 0; row < examples.Count; row++)
        {
            var name = examples[row].Unit ?? throw new ArgumentException("some examples name a unit and some do not", nameof(examples));
            if (!unitOf.TryGetValue(name, out var rows))
            {
                unitOf.Add(name, rows = []);
                units.Add(rows);
            }
            rows.Add(row);
        }
        return units;
    }

    private static byte[] DigestOf(IReadOnlyList<TextExample> examples)
    {
        using var hash = new CanonicalHash("data");
        hash.Add("rows", examples.Count);
        foreach (var example in examples)
            hash.Add("text", example.Text).Add("pair", example.TextPair).Add("label", example.Label).Add("unit", example.Unit);
        return hash.Finish();
    }
}

using LmoDp.Training.Ledger;

namespace LmoDp.Training.Data;

/// <summary>The examples of one file, and the units of privacy that they form: each row one unit, or all rows with one value in the unit column.</summary>
public abstract class Dataset
{
    private readonly Lazy<byte[]> digest;

    /// <param name="name">How messages and the run record call it: the file's name, without its folder.</param>
    /// <param name="units">Whose each row is, at least one; either all rows name a unit or none.</param>
    private protected Dataset(string name, IReadOnlyList<string?> units)
    {
        if (units.Count == 0)
            throw new BadInputException($"{name}: there is no row below the header");
        Name = name;
        Units = Group(units);
        digest = new Lazy<byte[]>(ComputeDigest);
    }

    /// <summary>The file's name, without its folder.</summary>
    public string Name { get; }

    /// <summary>Number of rows.</summary>
    public abstract int Count { get; }

    /// <summary>The rows (indices) of each unit of privacy, units in order of first appearance. Their count is the n of the guarantee.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Units { get; }

    /// <summary>
    /// SHA-256 over all rows with their units, in order; it changes with any row. Whoever holds it can test guesses about the last unknown row, so it must
    /// never be written out or shown: the ledger keeps it under the run key only.
    /// </summary>
    public ReadOnlyMemory<byte> Digest => digest.Value;

    /// <summary>The first rows alone; all where there are no more.</summary>
    public abstract Dataset First(int rows);

    /// <summary>Adds a row's content and its unit.</summary>
    private protected abstract void AddRow(int row, CanonicalHash hash);

    private byte[] ComputeDigest()
    {
        using var hash = new CanonicalHash("data");
        hash.Add("rows", Count);
        for (var row = 0; row < Count; row++)
            AddRow(row, hash);
        return hash.Finish();
    }

    private static IReadOnlyList<IReadOnlyList<int>> Group(IReadOnlyList<string?> names)
    {
        if (names[0] is null)
            return Enumerable.Range(0, names.Count).Select(row => (IReadOnlyList<int>)[row]).ToArray();
        var units = new List<List<int>>();
        var unitOf = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var row = 0; row < names.Count; row++)
        {
            var name = names[row] ?? throw new ArgumentException("some examples name a unit and some do not", nameof(names));
            if (!unitOf.TryGetValue(name, out var rows))
            {
                unitOf.Add(name, rows = []);
                units.Add(rows);
            }
            rows.Add(row);
        }
        return units;
    }
}

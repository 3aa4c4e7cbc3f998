using LmoDp.Training.Ledger;

namespace LmoDp.Training.Data;

/// <summary>Labelled texts, or texts to be labelled (<see cref="ClassificationTask"/>).</summary>
public sealed class TextDataset : Dataset
{
    /// <param name="name">How messages and the run record call it: the file's name, without its folder.</param>
    /// <param name="examples">At least one example; either all of them or none name a unit.</param>
    public TextDataset(string name, IReadOnlyList<TextExample> examples) : base(name, [.. examples.Select(example => example.Unit)])
    {
        Examples = examples;
    }

    /// <summary>The rows, in the file's order.</summary>
    public IReadOnlyList<TextExample> Examples { get; }

    /// <inheritdoc/>
    public override int Count => Examples.Count;

    /// <inheritdoc/>
    public override TextDataset First(int rows) => rows >= Count ? this : new TextDataset(Name, [.. Examples.Take(rows)]);

    private protected override void AddRow(int row, CanonicalHash hash)
    {
        var example = Examples[row];
        hash.Add("text", example.Text).Add("pair", example.TextPair).Add("label", example.Label).Add("unit", example.Unit);
    }
}

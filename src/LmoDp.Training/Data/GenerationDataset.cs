using LmoDp.Training.Ledger;

namespace LmoDp.Training.Data;

/// <summary>A source with all that people wrote for it, to compare a generated text with.</summary>
/// <param name="Source">What is given.</param>
/// <param name="References">At least one.</param>
public sealed record ReferenceGroup(string Source, IReadOnlyList<string> References);

/// <summary>Pairs of source and target (<see cref="GenerationTask"/>).</summary>
public sealed class GenerationDataset : Dataset
{
    private readonly IReadOnlyList<SourceTarget>[] inputs;

    /// <param name="name">How messages and the run record call it: the file's name, without its folder.</param>
    /// <param name="inputs">Inputs in the file's order, each with its pairs: at least one, with one source. Either all pairs or none name a unit.</param>
    public GenerationDataset(string name, IEnumerable<IReadOnlyList<SourceTarget>> inputs) : this(name, inputs.ToArray())
    {
    }

    private GenerationDataset(string name, IReadOnlyList<SourceTarget>[] inputs) : base(name, [.. inputs.SelectMany(input => input.Select(pair => pair.Unit))])
    {
        this.inputs = inputs;
        Examples = [.. inputs.SelectMany(input => input)];
        ReferenceGroups = [.. inputs.Select(input => new ReferenceGroup(input[0].Source, References(input)))];
    }

    /// <summary>The pairs, in the file's order.</summary>
    public IReadOnlyList<SourceTarget> Examples { get; }

    /// <summary>The inputs, in the file's order: a text is generated for each. An empty reference is left out where there is another.</summary>
    public IReadOnlyList<ReferenceGroup> ReferenceGroups { get; }

    /// <inheritdoc/>
    public override int Count => Examples.Count;

    /// <inheritdoc/>
    public override GenerationDataset First(int rows)
    {
        if (rows >= Count)
            return this;
        var (kept, left) = (new List<IReadOnlyList<SourceTarget>>(), rows);
        foreach (var input in inputs)
        {
            if (left == 0)
                break;
            kept.Add([.. input.Take(left)]);
            left -= kept[^1].Count;
        }
        return new GenerationDataset(Name, kept);
    }

    /// <summary>The pairs, and further ones after them, each an input of its own.</summary>
    public GenerationDataset With(IEnumerable<SourceTarget> further) => new(Name, [.. inputs, .. further.Select(pair => (IReadOnlyList<SourceTarget>)[pair])]);

    private protected override void AddRow(int row, CanonicalHash hash)
    {
        var (source, target, unit) = Examples[row];
        hash.Add("source", source).Add("target", target).Add("unit", unit);
    }

    private static string[] References(IReadOnlyList<SourceTarget> input)
    {
        string[] written = [.. input.Select(pair => pair.Target).Where(target => target.Length > 0)];
        return written.Length > 0 ? written : [""];
    }
}

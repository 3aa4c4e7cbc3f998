namespace LmoDp.Training.Data;

/// <summary>
/// Which examples belong to one unit of privacy. A unit of k rows contributes the mean of its rows' clipped gradients: by the triangle inequality its norm is
/// at most C, whatever k is, so that adding or removing the whole unit moves the sum by no more than one row would.
/// </summary>
public sealed class UnitsOfPrivacy
{
    private readonly IReadOnlyList<IReadOnlyList<int>> units;
    private readonly double[] shares;

    /// <param name="data">The training rows.</param>
    public UnitsOfPrivacy(Dataset data) : this(data.Units, data.Count)
    {
    }

    /// <param name="units">The rows of each unit. A unit without rows is one that was removed from data whose size is public: it is drawn like any other, and contributes nothing.</param>
    /// <param name="rows">Number of rows, those of no unit included.</param>
    public UnitsOfPrivacy(IReadOnlyList<IReadOnlyList<int>> units, int rows)
    {
        this.units = units;
        shares = new double[rows];
        foreach (var unit in units)
        {
            foreach (var row in unit)
                shares[row] = 1.0 / unit.Count;
        }
    }

    /// <summary>n: the number of units.</summary>
    public int Count => units.Count;

    /// <summary>The rows of a unit.</summary>
    public IReadOnlyList<int> Examples(int unit) => units[unit];

    /// <summary>What a row's clipped gradient is multiplied by: one over the number of its unit's rows.</summary>
    public double Share(int example) => shares[example];
}

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
    public UnitsOfPrivacy(Dataset data)
    {
        units = data.Units;
        shares = new double[data.Count];
        foreach (var rows in units)
        {
            foreach (var row in rows)
                shares[row] = 1.0 / rows.Count;
        }
    }

    /// <summary>n: the number of units.</summary>
    public int Count => units.Count;

    /// <summary>The rows of a unit.</summary>
    public IReadOnlyList<int> Examples(int unit) => units[unit];

    /// <summary>What a row's clipped gradient is multiplied by: one over the number of its unit's rows.</summary>
    public double Share(int example) => shares[example];
}

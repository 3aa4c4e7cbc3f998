using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// The lower convex envelope of a polygon given by its corners' masses, some of them negative (where the polygon is not convex). To remove a corner is to share its
/// mass between the neighbouring corners as connect-the-dots does; done from left to right with a stack it is Graham's scan, with local arithmetic only.
/// </summary>
internal static class LowerEnvelope
{
    /// <summary>More than the relative rounding of sharing one (negative) mass.</summary>
    private const double Rounding = 2e-15;

    /// <summary>A distribution without negative masses whose profile is nowhere above the given one's, which must be positive up to the last corner that has mass.</summary>
    /// <param name="grid">Where the corners are.</param>
    /// <param name="masses">Masses of the corners; overwritten.</param>
    public static LossPmf Of(LossGrid grid, double[] masses)
    {
        var kept = new int[masses.Length];
        var depth = 0;
        for (var i = 0; i < masses.Length - 1; i++)
        {
            kept[depth++] = i;
            while (depth > 0 && masses[kept[depth - 1]] < 0)
                Remove(grid, masses, kept, ref depth, i + 1);
        }
        // Only underflow can leave a negative end; nothing is then claimed.
        if (!(masses[^1] >= 0))
            Array.Clear(masses);
        return new LossPmf(grid, masses, 0);
    }

    private static void Remove(LossGrid grid, double[] masses, int[] kept, ref int depth, int right)
    {
        var corner = kept[--depth];
        var mass = masses[corner];
        masses[corner] = 0;
        // Where nothing is left of it, the neighbour is x = 0, loss -infinity, where the first law has no mass.
        var share = 1.0;
        if (depth > 0)
        {
            var left = kept[depth - 1];
            share = Exponential.Fall(grid.Loss(corner) - grid.Loss(left)) / Exponential.Fall(grid.Loss(right) - grid.Loss(left));
            masses[left] += mass * (1 - share) + Rounding * mass;
        }
        masses[right] += mass * share + Rounding * mass;
    }
}

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

    /// <summary>A distribution without negative masses whose profile is nowhere above the given one's, nor above 0 where that is negative.</summary>
    public static LossPmf Of(LossPmf pmf)
    {
        var masses = (double[])pmf.Masses.Clone();
        var kept = new int[masses.Length];
        var depth = 0;
        var last = masses.Length - 1;
        for (var i = 0; i < last; i++)
        {
            kept[depth++] = i;
            while (depth > 0 && masses[kept[depth - 1]] < 0)
                Remove(masses, kept, ref depth, i + 1, pmf.Step);
        }
        CloseRight(masses, kept.AsSpan(0, depth), pmf.Step);
        return new LossPmf(pmf.Step, pmf.Offset, masses, 0);
    }

    private static void Remove(double[] masses, int[] kept, ref int depth, int right, double step)
    {
        var corner = kept[--depth];
        var mass = masses[corner];
        masses[corner] = 0;
        if (depth == 0)
        {
            // The neighbour on the left is x = 0, loss -infinity, where the first law has no mass.
            masses[right] += mass;
            return;
        }
        var left = kept[depth - 1];
        var share = Elementary.Expm1(-step * (corner - left)) / Elementary.Expm1(-step * (right - left));
        masses[right] += mass * share + Rounding * mass;
        masses[left] += mass * (1 - share) + Rounding * mass;
    }

    /// <summary>
    /// A negative last mass makes the polygon negative at its end. The last corners are then lowered together onto the nearest one where the polygon is not negative.
    /// </summary>
    private static void CloseRight(double[] masses, ReadOnlySpan<int> kept, double step)
    {
        var end = masses.Length - 1;
        if (masses[end] >= 0)
            return;
        var total = 0.0;
        var scaled = 0.0;
        for (var depth = kept.Length; ; depth--)
        {
            // scaled: the second law's mass of the removed corners, times e^(loss at the current end).
            total += masses[end];
            scaled += masses[end];
            masses[end] = 0;
            if (depth == 0)
                return;
            var next = kept[depth - 1];
            scaled *= Math.Exp(-step * (end - next));
            end = next;
            if (total >= 0 && total >= scaled)
            {
                masses[end] += total;
                return;
            }
        }
    }
}

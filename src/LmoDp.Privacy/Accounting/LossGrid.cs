namespace LmoDp.Privacy.Accounting;

/// <summary>
/// Knots on the lattice of all multiples of a step: close together where a loss is probable, far apart where it is not. Composition needs the lattice only; how fine
/// the knots are decides how tight a bound is.
/// </summary>
/// <param name="step">Lattice step h of the loss.</param>
/// <param name="knots">Multiples of the step, ascending, at least two.</param>
internal sealed class LossGrid(double step, long[] knots)
{
    /// <summary>Lattice step h of the loss.</summary>
    public double Step => step;

    /// <summary>The knots as multiples of the step, ascending.</summary>
    public ReadOnlySpan<long> Knots => knots;

    /// <summary>Number of cells, one less than knots.</summary>
    public int Cells => knots.Length - 1;

    /// <summary>The loss at a knot.</summary>
    public double Loss(int knot) => step * knots[knot];

    /// <summary>Width of the cell above a knot.</summary>
    public double Width(int cell) => step * (knots[cell + 1] - knots[cell]);

    /// <summary>Knots and midpoints of cells, ascending: 2 <see cref="Cells"/> + 1 losses.</summary>
    public double[] HalfCellBounds()
    {
        var bounds = new double[2 * Cells + 1];
        for (var i = 0; i < bounds.Length; i++)
            bounds[i] = step * (i % 2 == 0 ? knots[i / 2] : 0.5 * (knots[i / 2] + knots[i / 2 + 1]));
        return bounds;
    }

    /// <summary>Knots from one loss to another that have every atom in a cell of one step, and nothing between.</summary>
    /// <param name="step">Lattice step.</param>
    /// <param name="first">The lowest knot is at or below it.</param>
    /// <param name="last">The highest knot is at or above it.</param>
    /// <param name="atoms">All losses that have mass.</param>
    public static LossGrid Around(double step, double first, double last, IEnumerable<double> atoms)
    {
        var (begin, end) = (checked((long)Math.Floor(first / step)), checked((long)Math.Ceiling(last / step)));
        var below = atoms.Where(atom => atom >= first && atom <= last).Select(atom => Math.Clamp((long)Math.Floor(atom / step), begin, end));
        return new LossGrid(step, [.. below.SelectMany(knot => new[] { knot, knot + 1 }).Append(begin).Append(Math.Max(end, begin + 1)).Distinct().Order()]);
    }

    /// <summary>
    /// Knots from one loss to another whose distances follow a density: a cell of width w and density f adds about f w^3 to the variance that the grid is off by, so the widths
    /// f^(-1/3) buy the most accuracy for a number of cells.
    /// </summary>
    /// <param name="step">Lattice step, and the distance of knots where the density is highest.</param>
    /// <param name="first">The lowest knot is at or below it.</param>
    /// <param name="last">The highest knot is at or above it.</param>
    /// <param name="density">Losses, ascending, and the mass around each, the total being 1.</param>
    /// <param name="widest">No cell is wider, unless the step is or there would be too many cells.</param>
    /// <param name="most">About how many cells are allowed.</param>
    public static LossGrid Along(double step, double first, double last, (double[] Losses, double[] Masses) density, double widest, int most)
    {
        var widths = Widths(step, last - first, density, widest, most);
        // The estimate of their number can fail (an extreme density): a floor under all widths, raised until they fit, bounds memory whatever is asked.
        for (var narrowest = step; ; narrowest *= 4)
            if (Place(step, first, last, density.Losses, widths, narrowest, 2L * most) is { } knots)
                return new LossGrid(step, knots);
    }

    /// <summary>The knots for given widths; null where there would be more than allowed.</summary>
    private static long[]? Place(double step, double first, double last, double[] losses, double[] widths, double narrowest, long most)
    {
        var knots = new List<long> { checked((long)Math.Floor(first / step)) };
        var end = checked((long)Math.Ceiling(last / step));
        for (var bin = 0; knots[^1] < end;)
        {
            if (knots.Count > most)
                return null;
            var loss = step * knots[^1];
            while (bin < widths.Length - 1 && losses[bin + 1] <= loss)
                bin++;
            var width = widths[bin];
            for (var next = bin + 1; next < widths.Length && losses[next] - loss < width; next++)
                width = Math.Min(width, Math.Max(widths[next], losses[next] - loss));
            knots.Add(Math.Min(knots[^1] + Math.Max((long)(Math.Max(width, narrowest) / step), 1), end));
        }
        if (knots.Count == 1)
            knots.Add(end + 1);
        return [.. knots];
    }

    /// <summary>Share of the error that cells wider than the step may add.</summary>
    private const double CoarseShare = 0.1;

    private static double[] Widths(double step, double range, (double[] Losses, double[] Masses) density, double widest, int most)
    {
        var (losses, masses) = density;
        var count = losses.Length;
        var densities = new double[count];
        for (var i = 0; i < count; i++)
        {
            var space = (losses[Math.Min(i + 1, count - 1)] - losses[Math.Max(i - 1, 0)]) / 2;
            densities[i] = space > 0 ? masses[i] / space : double.PositiveInfinity;
        }
        var widths = new double[count];
        for (var i = 0; i < count; i++)
        {
            var highest = Math.Max(densities[i], Math.Max(densities[Math.Max(i - 1, 0)], densities[Math.Min(i + 1, count - 1)]));
            widths[i] = Math.Min(Math.Max(step * Math.Cbrt(CoarseShare / (highest * range)), step), Math.Max(widest, step));
        }
        // Where that makes too many cells, all become wider.
        var cells = 0.0;
        for (var i = 0; i < count; i++)
            cells += (losses[Math.Min(i + 1, count - 1)] - losses[Math.Max(i - 1, 0)]) / 2 / widths[i];
        for (var i = 0; i < count && cells > most; i++)
            widths[i] *= cells / most;
        return widths;
    }
}

using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>One half of a grid cell: its mass under the first law and its excess, mass - (second law's mass) e^(loss at the cell's lower end) &gt;= 0, with error bounds.</summary>
internal readonly record struct HalfCell(double Mass, double MassError, double Excess, double ExcessError);

/// <summary>
/// A privacy loss distribution seen through the cells between the knots of a grid, and the two grid distributions around it.
/// Write D(x) = sup over events of P - x Q, the privacy profile at x = e^epsilon. If D1 &lt;= D2 everywhere, replacing the pair behind D1 by the one behind D2 in any
/// composition raises delta, because delta of the composition is the expectation of D1(x e^-S) over the other losses S (docs/accounting.md, one factor at a time).
/// A grid distribution's profile is a polygon in x with corners at the knots' e^loss.
/// </summary>
internal sealed class LossCells(LossGrid grid)
{
    private readonly double[] mass = new double[grid.Cells];
    private readonly double[] massError = new double[grid.Cells];
    private readonly double[] up = new double[grid.Cells];
    private readonly double[] upError = new double[grid.Cells];
    private readonly Corner[] lowerCorner = new Corner[grid.Cells];
    private readonly Corner[] upperCorner = new Corner[grid.Cells];

    /// <summary>Number of cells.</summary>
    public int Count => grid.Cells;

    /// <summary>Mass below the grid, and its error bound.</summary>
    public (double Value, double Error) Below { get; set; }

    /// <summary>Mass above the grid, and its error bound.</summary>
    public (double Value, double Error) Above { get; set; }

    /// <summary>Fills cell i, between knots i and i + 1, from its lower and upper half.</summary>
    public void Set(int i, HalfCell lower, HalfCell upper)
    {
        var total = lower.Mass + upper.Mass;
        mass[i] = total;
        massError[i] = lower.MassError + upper.MassError + 4e-16 * total;
        var width = grid.Width(i);
        var span = Exponential.Fall(width);
        var excessError = lower.ExcessError + upper.ExcessError;
        if (total == 0)
        {
            upError[i] = massError[i];
            lowerCorner[i] = new Corner(massError[i], 0);
            return;
        }
        if (!(excessError < 0.1 * span * total))
        {
            // The second law's mass is lost in rounding: all that is known is that the loss lies in the cell.
            upError[i] = double.PositiveInfinity;
            lowerCorner[i] = new Corner(double.PositiveInfinity, 0);
            return;
        }
        up[i] = Math.Clamp((lower.Excess + upper.Excess) / span, 0, total);
        upError[i] = excessError / span + 1e-15 * up[i];
        var slack = 4 * (excessError + massError[i] * span) + 1e-14 * up[i] * span;
        var (low, high) = Corners(lower, upper, width, span, up[i]);
        lowerCorner[i] = low with { Height = low.Height + slack };
        upperCorner[i] = high with { Height = high.Height + slack };
    }

    /// <summary>
    /// How far the cell's chord of D is above a polygon below D, that of the pair whose halves are each merged into one outcome (merging is post-processing). The difference
    /// is concave and piecewise linear with corners at the two merged losses.
    /// </summary>
    private static (Corner Lower, Corner Upper) Corners(HalfCell lower, HalfCell upper, double width, double span, double raised)
    {
        var (low, high) = (Offset(lower, width, span), Offset(upper, width, span));
        var atHigh = upper.Mass > 0 ? raised * Exponential.Fall(width - high) : 0;
        var atLow = lower.Mass > 0 ? raised * Exponential.Fall(width - low) - (high > low ? upper.Mass * Exponential.Fall(high - low) : 0) : 0;
        var rise = Exponential.Rise(width);
        return (new Corner(Math.Max(atLow, 0), Exponential.Rise(low) / rise), new Corner(Math.Max(atHigh, 0), Exponential.Rise(high) / rise));
    }

    /// <summary>Loss of a merged half above the cell's lower end.</summary>
    private static double Offset(HalfCell half, double width, double span) =>
        half.Mass == 0 ? 0 : Math.Min(Exponential.FallInverse(Math.Clamp(half.Excess / half.Mass, 0, span)), width);

    /// <summary>
    /// Connect the dots (Doroshenko, Ghazi, Kamath, Kumar, Manurangsi 2022): each cell's mass is split onto its two ends so that both laws' masses are kept, which makes the
    /// polygon of chords of D. Mass below the grid is raised to its first point, mass above it to +infinity. Rounding goes upwards.
    /// </summary>
    public LossPmf Dominating()
    {
        var masses = new double[Count + 1];
        masses[0] = Below.Value + Below.Error;
        for (var i = 0; i < Count; i++)
        {
            var total = mass[i] + massError[i];
            var raised = Math.Min(up[i] + upError[i], total);
            masses[i] = (masses[i] + (total - raised)) * (1 + 4e-16);
            masses[i + 1] = raised;
        }
        return new LossPmf(grid, masses, Above.Value + Above.Error);
    }

    /// <summary>
    /// A polygon below D with its corners at the knots: the chords, lowered at both ends of a cell by the cell's gap, and where that is not convex, its lower convex envelope.
    /// At the top, where the profile falls to 0 and a gap is more than it can give, the polygon ends (see <see cref="EndsAt"/>). Such a cell further down is rounded down instead: its mass goes
    /// to its lower end, and it has no gap. Mass beyond the grid is left out: above, it is less than any delta of interest, but would weigh heavily under a tilt. Rounding goes downwards.
    /// </summary>
    public LossPmf Dominated() => Dominated(Math.Max(Count - MostAtTop, 1)) ?? Dominated(Count)!;

    /// <summary>How many cells at the top the polygon may leave out; where rounding hides more of them (an atom, losses in the hundreds), all are rounded down.</summary>
    private const int MostAtTop = 64;

    /// <param name="lowestEnd">Where the polygon must end at the latest, the number of cells if nowhere before the top.</param>
    /// <returns>null where it could not.</returns>
    private LossPmf? Dominated(int lowestEnd)
    {
        var masses = new double[Count + 1];
        var profile = new double[Count + 1];
        var chord = new bool[Count];
        // minus x times the derivative of D, to the left of the current knot
        var slope = 0.0;
        var (last, lastSlope, lastLowering) = (Count, 0.0, 0.0);
        for (var i = Count - 1; i >= 0; i--)
        {
            var atTop = last == Count && lowestEnd < Count;
            if (atTop && i < lowestEnd)
                return null;
            var total = Math.Max(mass[i] - massError[i], 0);
            chord[i] = atTop || Gap(i) <= LargestLowering * profile[i + 1];
            var raised = chord[i] ? Math.Clamp(up[i] - upError[i], 0, total) : 0;
            masses[i + 1] += raised;
            masses[i] = total - raised;
            slope += raised;
            var span = Exponential.Fall(grid.Width(i));
            profile[i] = profile[i + 1] + slope * span;
            slope *= 1 - span;
            if (atTop && i > 0 && EndsAt(i, profile) is { } least)
                (last, lastSlope, lastLowering) = (i, slope, least);
            slope += masses[i];
        }
        var lowering = Held(masses, chord, profile, last, lastLowering) ?? Free(chord, last, lastLowering);
        Lower(masses, lowering, last);
        if (last < Count)
            End(masses, last, lastSlope, profile[last] - lowering[last]);
        return LowerEnvelope.Of(grid, masses);
    }

    /// <summary>
    /// Whether the polygon may go straight to 0 at the knot above knot i, which lowers that one by all of D: then knot i must be lowered by at least what is returned, and, for the cell below
    /// it, by that cell's gap; null where that is more than it can give.
    /// </summary>
    private double? EndsAt(int i, double[] profile)
    {
        var least = Math.Max(lowerCorner[i].Least(profile[i + 1]), upperCorner[i].Least(profile[i + 1]));
        return Math.Max(least, Gap(i - 1)) <= LargestLowering * profile[i] ? least : null;
    }

    /// <summary>The polygon's end: from a height at the last knot that is above 0 straight to 0 at the next one. The slope is minus x times D's, to the right of that knot, before.</summary>
    private void End(double[] masses, int last, double slope, double height)
    {
        // n additions went into slope and height, which are sums of what is above the knot.
        var rounding = 4e-16 * (Count - last + 16);
        height *= 1 - rounding;
        masses[last] += slope * (1 - rounding) - height / Exponential.Rise(grid.Width(last)) * (1 + rounding);
        masses[last + 1] = height / Exponential.Fall(grid.Width(last)) * (1 - 4e-15);
        masses.AsSpan(last + 2).Clear();
    }

    /// <summary>The part of the profile that a knot may be lowered by: less than 1, so that rounding cannot make the polygon negative.</summary>
    private const double LargestLowering = 0.5;

    private double Gap(int cell) => Math.Max(lowerCorner[cell].Height, upperCorner[cell].Height);

    /// <summary>Lowerings of the knots up to the last that bring every chord below D: the larger of the gaps on both sides.</summary>
    private double[] Free(bool[] chord, int last, double leastAtLast)
    {
        var lowering = new double[last + 1];
        lowering[last] = leastAtLast;
        for (var i = 0; i < last; i++)
            if (chord[i])
                (lowering[i], lowering[i + 1]) = (Math.Max(lowering[i], Gap(i)), Math.Max(lowering[i + 1], Gap(i)));
        return lowering;
    }

    /// <summary>
    /// The same, but nowhere below the tangent P - x Q of D at x = 0, so that both laws keep all their mass (that of the second enters once for every step). A knot held at the tangent
    /// leaves the rest of the cell's gap to its upper neighbour; where that is held too, the chord is the tangent, which is below D. null where no room is left at the top.
    /// </summary>
    private double[]? Held(double[] masses, bool[] chord, double[] profile, int last, double leastAtLast)
    {
        var lowering = new double[last + 1];
        // room: D - (P - x Q) at the knot; slope: x times its derivative to the right of the knot.
        var (room, slope, rest) = (0.0, masses[0], 0.0);
        for (var i = 0; ; i++)
        {
            var wanted = Math.Max(rest, i == last ? leastAtLast : chord[i] ? Gap(i) : 0);
            lowering[i] = Math.Min(wanted, room * (1 + 1e-11));
            if (lowering[i] > 0.9 * profile[i] || (i == last && lowering[i] < leastAtLast))
                return null;
            if (i == last)
                return lowering;
            rest = chord[i] ? Math.Max(lowerCorner[i].Rest(lowering[i]), upperCorner[i].Rest(lowering[i])) : 0;
            var rise = Exponential.Rise(grid.Width(i));
            room = Math.Min(room + slope * rise, 1);
            slope = Math.Min(slope * (1 + rise) + masses[i + 1], 1e300);
        }
    }

    /// <summary>
    /// Lowers the knots up to the last; below the first one the polygon goes straight to (0, P). Lowering a knot by g makes the slope on its left g / (x - x_left) steeper and that on its right
    /// g / (x_right - x) flatter; differences of slopes times x are masses.
    /// </summary>
    private void Lower(double[] masses, double[] lowering, int last)
    {
        var left = lowering[0];
        for (var i = 0; i <= last; i++)
        {
            var (right, nextLeft) = (0.0, 0.0);
            if (i < last)
            {
                var difference = lowering[i + 1] - lowering[i];
                right = difference / Exponential.Rise(grid.Width(i));
                nextLeft = difference / Exponential.Fall(grid.Width(i));
            }
            masses[i] += left - right - 2e-15 * (Math.Abs(left) + Math.Abs(right) + masses[i]);
            left = nextLeft;
        }
    }

    /// <summary>A merged outcome within a cell: how far the chord is above D there, and where in x, as a fraction of the cell.</summary>
    private readonly record struct Corner(double Height, double Fraction)
    {
        /// <summary>How much the upper knot must be lowered, given how much the lower one is.</summary>
        public double Rest(double lower) =>
            lower >= Height ? Height : Fraction > 1e-6 ? (Height - (1 - Fraction) * lower) / Fraction * (1 + 1e-14) : double.PositiveInfinity;

        /// <summary>The least that the lower knot must be lowered by, given how much the upper one is.</summary>
        public double Least(double upper) =>
            upper * Fraction >= Height ? 0 : Fraction < 1 - 1e-6 ? (Height - upper * Fraction) / (1 - Fraction) * (1 + 1e-14) : double.PositiveInfinity;
    }
}

using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>One half of a grid cell: its mass under the first law and its excess, mass - (second law's mass) e^(loss at the cell's lower end) &gt;= 0, with error bounds.</summary>
internal readonly record struct HalfCell(double Mass, double MassError, double Excess, double ExcessError);

/// <summary>
/// A privacy loss distribution seen through the cells (h (j-1), h j] of a grid, and the two grid distributions around it.
/// Write D(x) = sup over events of P - x Q, the privacy profile at x = e^epsilon. If D1 &lt;= D2 everywhere, replacing the pair behind D1 by the one behind D2 in any
/// composition raises delta, because delta of the composition is the expectation of D1(x e^-S) over the other losses S (docs/accounting.md, one factor at a time).
/// A grid distribution's profile is a polygon in x with knots at the grid's e^loss.
/// </summary>
internal sealed class LossCells
{
    private readonly double step;
    private readonly int first;
    private readonly double[] mass;
    private readonly double[] massError;
    private readonly double[] up;
    private readonly double[] upError;
    private readonly double[] gap;
    private readonly double[] lowerHeld;
    private readonly double[] upperHeld;
    private readonly double span;

    /// <param name="step">Grid step h.</param>
    /// <param name="first">Index of the lowest grid point.</param>
    /// <param name="last">Index of the highest grid point.</param>
    public LossCells(double step, int first, int last)
    {
        this.step = step;
        this.first = first;
        Count = last - first;
        mass = new double[Count];
        massError = new double[Count];
        up = new double[Count];
        upError = new double[Count];
        gap = new double[Count];
        lowerHeld = new double[Count];
        upperHeld = new double[Count];
        span = -Elementary.Expm1(-step);
    }

    /// <summary>Number of cells, one less than grid points.</summary>
    public int Count { get; }

    /// <summary>Mass below the grid, and its error bound.</summary>
    public (double Value, double Error) Below { get; set; }

    /// <summary>Mass above the grid, and its error bound.</summary>
    public (double Value, double Error) Above { get; set; }

    /// <summary>Fills cell i, between grid points i and i + 1, from its lower and upper half.</summary>
    public void Set(int i, HalfCell lower, HalfCell upper)
    {
        var total = lower.Mass + upper.Mass;
        if (total == 0)
        {
            massError[i] = lower.MassError + upper.MassError;
            upError[i] = massError[i];
            return;
        }
        var excess = lower.Excess + upper.Excess;
        var excessError = lower.ExcessError + upper.ExcessError;
        mass[i] = total;
        massError[i] = lower.MassError + upper.MassError;
        if (!(excessError < 0.1 * span * total))
        {
            // The second law's mass is lost in rounding: all that is known is that the loss lies in the cell.
            up[i] = 0;
            upError[i] = double.PositiveInfinity;
            return;
        }
        up[i] = Math.Clamp(excess / span, 0, total);
        upError[i] = excessError / span;
        Measure(i, lower, upper, 4 * (excessError + massError[i] * span));
    }

    /// <summary>
    /// How far the cell's chord of D is above a polygon below D, that of the pair whose halves are each merged into one outcome (merging is post-processing). The difference
    /// is concave and piecewise linear with corners at the two merged losses, so these are looked at: for the gap itself, and for how much one knot must be lowered
    /// if the other one stays.
    /// </summary>
    private void Measure(int i, HalfCell lower, HalfCell upper, double slack)
    {
        var (low, high) = (Offset(lower), Offset(upper));
        if (upper.Mass > 0)
            Corner(i, high, up[i] * Fall(step - high) + slack);
        if (lower.Mass > 0)
            Corner(i, low, up[i] * Fall(step - low) - (high > low ? upper.Mass * Fall(high - low) : 0) + slack);
    }

    private void Corner(int i, double offset, double distance)
    {
        gap[i] = Math.Max(gap[i], distance);
        lowerHeld[i] = Math.Max(lowerHeld[i], offset < 1e-3 * step ? double.PositiveInfinity : distance * Rise(step) / Rise(offset));
        upperHeld[i] = Math.Max(upperHeld[i], step - offset < 1e-3 * step ? double.PositiveInfinity : distance * span / Fall(step - offset));
    }

    /// <summary>Loss of a merged half above the cell's lower end.</summary>
    private double Offset(HalfCell half)
    {
        if (half.Mass == 0)
            return 0;
        var ratio = Math.Clamp(half.Excess / half.Mass, 0, span);
        return Math.Min(ratio < 1e-3 ? ratio * (1 + ratio * (1.0 / 2 + ratio * (1.0 / 3 + ratio * (1.0 / 4 + ratio * (1.0 / 5))))) : -Elementary.Log1p(-ratio), step);
    }

    /// <summary>1 - e^-d, d &gt;= 0.</summary>
    private static double Fall(double d) => d < 1e-3 ? d * (1 - d * (1.0 / 2 - d * (1.0 / 6 - d * (1.0 / 24 - d * (1.0 / 120))))) : -Elementary.Expm1(-d);

    /// <summary>e^d - 1, d &gt;= 0.</summary>
    private static double Rise(double d) => d < 1e-3 ? d * (1 + d * (1.0 / 2 + d * (1.0 / 6 + d * (1.0 / 24 + d * (1.0 / 120))))) : Elementary.Expm1(d);

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
            masses[i] += total - raised;
            masses[i + 1] += raised;
        }
        return new LossPmf(step, first, masses, Above.Value + Above.Error);
    }

    /// <summary>
    /// A polygon below D with its knots on the grid: the chords, lowered at their knots, and where that is not convex, its lower convex envelope. Mass below the grid is left
    /// out, mass above it lowered to the last point. Rounding goes downwards.
    /// </summary>
    public LossPmf Dominated()
    {
        var masses = new double[Count + 1];
        for (var i = 0; i < Count; i++)
        {
            var total = Math.Max(mass[i] - massError[i], 0);
            var raised = Math.Clamp(up[i] - upError[i], 0, total);
            masses[i] += total - raised;
            masses[i + 1] += raised;
        }
        masses[Count] += Math.Max(Above.Value - Above.Error, 0);
        if (Lowering(masses) is not { } lowering)
            return RoundedDown();
        var rise = Elementary.Expm1(step);
        var slopeBefore = 0.0;
        for (var i = 0; i <= Count; i++)
        {
            var difference = (i < Count ? lowering[i + 1] : 0) - lowering[i];
            var slope = difference / rise;
            masses[i] += slopeBefore - slope - 2e-15 * (Math.Abs(slopeBefore) + Math.Abs(slope));
            slopeBefore = difference / span;
        }
        return LowerEnvelope.Of(new LossPmf(step, first, masses, 0));
    }

    /// <summary>
    /// By how much each knot is lowered: the larger of the two neighbouring gaps, which brings every chord below D. At the ends that may be more than makes sense: below the tangent
    /// of D at x = 0 the polygon would lose mass, below 0 it would not be a profile. A knot held there leaves more to lower to its neighbour, which may be held in turn.
    /// Where both ends meet within one cell there is no such polygon, and null is returned.
    /// </summary>
    private double[]? Lowering(double[] chords)
    {
        var lowering = new double[Count + 1];
        var heldBelow = HoldAtTangent(chords, lowering);
        // profile: D at the knot; slope: minus x times its derivative to the left of the knot.
        var (profile, slope, held) = (0.0, 0.0, true);
        for (var knot = Count; knot >= 0; knot--)
        {
            if (knot < Count)
                profile = Math.Min(profile + slope * span, 1);
            slope = slope / (1 + Elementary.Expm1(step)) + chords[knot];
            if (held && knot < Count)
                lowering[knot] = Math.Max(lowering[knot], upperHeld[knot]);
            held = lowering[knot] >= profile;
            if (!held)
                return lowering;
            if (knot <= heldBelow)
                return null;
            lowering[knot] = profile * (1 - 1e-12);
        }
        return null;
    }

    /// <summary>Fills in the larger of the gaps, held at the tangent from below on; returns the first knot that is not held.</summary>
    private int HoldAtTangent(double[] chords, double[] lowering)
    {
        var (rise, growth) = (Elementary.Expm1(step), Math.Exp(step));
        var (tangent, slope, held, free) = (0.0, 0.0, true, 0);
        for (var knot = 0; knot <= Count; knot++)
        {
            // tangent: D - (P - x Q) at the knot; slope: x times its derivative to the right of the knot.
            tangent = Math.Min(tangent + slope * rise, 1);
            slope = Math.Min(slope * growth + chords[knot], 1e300);
            var wanted = knot < Count ? gap[knot] : 0;
            if (knot > 0)
                wanted = Math.Max(wanted, held ? Math.Max(lowerHeld[knot - 1], gap[knot - 1]) : gap[knot - 1]);
            held = held && wanted >= tangent;
            if (held)
                free = knot + 1;
            lowering[knot] = held ? tangent * (1 - 1e-12) : wanted;
        }
        return free;
    }

    /// <summary>The simplest distribution below: every cell's mass at its lower end.</summary>
    private LossPmf RoundedDown()
    {
        var masses = new double[Count + 1];
        for (var i = 0; i < Count; i++)
            masses[i] = Math.Max(mass[i] - massError[i], 0);
        masses[Count] = Math.Max(Above.Value - Above.Error, 0);
        return new LossPmf(step, first, masses, 0);
    }
}

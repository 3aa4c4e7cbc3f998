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
        gap[i] = Gap(lower, upper, up[i]) + 4 * (excessError + massError[i] * span);
    }

    /// <summary>
    /// The largest distance within the cell between the chord of D and a polygon below D: that of the pair whose halves are each merged into one outcome
    /// (merging is post-processing). Their difference is concave and piecewise linear with corners at the two merged losses, so two evaluations are enough.
    /// </summary>
    private double Gap(HalfCell lower, HalfCell upper, double raised)
    {
        var low = Offset(lower);
        var high = Offset(upper);
        var atHigh = raised * Fall(step - high);
        var atLow = raised * Fall(step - low) - (high > low ? upper.Mass * Fall(high - low) : 0);
        return Math.Max(Math.Max(atLow, atHigh), 0);
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
    /// A polygon below D with its knots on the grid: the chords, lowered at each knot by the larger of the two neighbouring gaps, and where that is not convex, its lower
    /// convex envelope. Mass below the grid is left out, mass above it lowered to the last point. Rounding goes downwards.
    /// </summary>
    public LossPmf Dominated()
    {
        var masses = new double[Count + 1];
        for (var i = 0; i < Count; i++)
        {
            var total = Math.Max(mass[i] - massError[i], 0);
            var raised = i < Count - 1 ? Math.Clamp(up[i] - upError[i], 0, total) : 0;
            masses[i] += total - raised;
            masses[i + 1] += raised;
        }
        masses[Count] += Math.Max(Above.Value - Above.Error, 0);
        var rise = Elementary.Expm1(step);
        double Lowering(int knot) => knot >= Count ? 0 : Math.Max(knot == 0 ? 0 : gap[knot - 1], knot < Count - 1 ? gap[knot] : 0);
        var before = Lowering(0);
        var slopeBefore = before;
        for (var i = 0; i <= Count; i++)
        {
            var after = i < Count ? Lowering(i + 1) : 0;
            var slope = (after - before) / rise;
            masses[i] += slopeBefore - slope - 2e-15 * (Math.Abs(slopeBefore) + Math.Abs(slope));
            slopeBefore = (after - before) / span;
            before = after;
        }
        return LowerEnvelope.Of(new LossPmf(step, first, masses, 0));
    }
}

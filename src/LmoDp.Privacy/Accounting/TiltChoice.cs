namespace LmoDp.Privacy.Accounting;

/// <summary>Where a composed loss is of interest, and how finely.</summary>
/// <param name="Slope">Of -log delta there.</param>
/// <param name="Epsilon">There.</param>
/// <param name="LogDelta">About log delta there.</param>
/// <param name="Width">The distance of the two bounds, in epsilon, that is asked for.</param>
/// <param name="Fineness">The distance for which the cells are chosen.</param>
internal readonly record struct Aim(double Slope, double Epsilon, double LogDelta, double Width, double Fineness)
{
    /// <summary>What rounding may add to delta, relative to it.</summary>
    public double AllowedRounding => 0.02 * Width * Slope;
}

/// <summary>A tilt and the losses between which the tilted composed loss has all but a negligible part of its mass.</summary>
/// <param name="Theta">Tilt.</param>
/// <param name="Begin">Lower end.</param>
/// <param name="End">Upper end.</param>
/// <param name="SlopeBelow">Of Chernoff's bound on what is below.</param>
/// <param name="SlopeAbove">Of Chernoff's bound on what is above.</param>
/// <param name="Excess">log of Chernoff's bound on delta at this tilt, less log delta.</param>
internal readonly record struct TiltedWindow(double Theta, double Begin, double End, double SlopeBelow, double SlopeAbove, double Excess);

/// <summary>
/// The choice of tilt and window. The tilt with the least Chernoff bound conditions the sum best, but where few large losses decide, it makes the window wide: what it weighs up
/// is mostly beyond epsilon. Any smaller tilt serves as well while rounding, amplified by the excess of its Chernoff bound over delta, stays below what is wanted. No choice can make a bound wrong.
/// </summary>
/// <param name="sketch">What the choice rests on.</param>
/// <param name="aim">What is asked for.</param>
/// <param name="total">Number of steps.</param>
/// <param name="range">Width of one step's losses.</param>
/// <param name="step">The grid's step, unless the window forces a wider one.</param>
/// <param name="maxLogSize">log2 of the largest transform allowed.</param>
internal sealed class TiltChoice(LossSketch sketch, Aim aim, double total, double range, double step, int maxLogSize)
{
    /// <summary>The choice, and about what rounding and a step wider than chosen add to delta, relative to it.</summary>
    /// <param name="rounding">Error of the coefficients of the composition, relative to 1.</param>
    public (TiltedWindow Window, double Cost) Best(double rounding)
    {
        // Both relative to delta: the rounding of the sum, and what the grid's step costs where the window forces it to be wider than chosen.
        var allowed = aim.AllowedRounding;
        double Rounding(double theta) => 5000 * rounding * Math.Exp(Excess(theta));
        double Cost(double rounded, double length) => Math.Max(rounded, allowed) + aim.Slope * (aim.Slope + 1) * total * Math.Pow(Math.Max(step, length / (1 << maxLogSize)), 2) / 8;
        // The slope of delta is the best tilt, unless large losses decide: they make it steeper. (At the largest of all losses there is no best tilt.)
        var start = aim.Slope;
        if (Rounding(start) > allowed && sketch.ForEpsilon(aim.Epsilon).Theta is var least && least < 2 * start)
            start = least;
        var best = Window(start);
        var rounded = Rounding(start);
        for (var theta = 0.8 * start; theta > 0.02 * start && (rounded > allowed || best.End - best.Begin > 4096 * step); theta *= 0.8)
        {
            var nextRounded = Rounding(theta);
            var next = Window(theta);
            var (length, nextLength) = (best.End - best.Begin, next.End - next.Begin);
            var (cost, nextCost) = (Cost(rounded, length), Cost(nextRounded, nextLength));
            if (nextCost > 1.0001 * cost || (nextCost > 0.9999 * cost && nextLength > 1.1 * length))
                break;
            if (nextCost < 0.9999 * cost || nextLength < 0.8 * length)
                (best, rounded) = (next, nextRounded);
        }
        return (best, Cost(rounded, best.End - best.Begin));
    }

    /// <summary>
    /// Where rounding would hide delta at every tilt: the largest cut such that losses within it alone reach epsilon too rarely to matter, and the slope of Chernoff's bound on that.
    /// </summary>
    /// <param name="sketch">Of all losses.</param>
    /// <param name="aim">What is asked for.</param>
    public static (double Cut, double Slope)? CutFor(LossSketch sketch, Aim aim)
    {
        var most = aim.LogDelta + Math.Log(0.01 * Math.Min(aim.Width * aim.Slope, 1));
        for (var cut = 0.9 * aim.Epsilon; cut > 0.01 * aim.Epsilon; cut *= 0.9)
            if (sketch.Within(cut).ForEpsilon(aim.Epsilon * (1 - 0.01 * Math.Min(1, 1 / (aim.Slope * aim.Epsilon)))) is var (slope, logDelta) && logDelta < most)
                return (cut, slope);
        return null;
    }

    private double Excess(double theta) => sketch.LogMoment(theta) - theta * aim.Epsilon + ExceedanceKernel.LogLargestWeight(theta) - aim.LogDelta;

    private TiltedWindow Window(double theta)
    {
        var deviation = Math.Max(sketch.StandardDeviation(theta), 1e-6 * range);
        // log of the tilted mass beyond the window that is allowed: a small part of the wanted accuracy of what is added up above epsilon.
        var weight = -Math.Log(1 + theta * deviation) - Math.Log(1 + theta) - ExceedanceKernel.LogLargestWeight(theta) - Math.Max(Excess(theta), 0);
        var logTail = Math.Min(Math.Max(weight, -40), 0) + Math.Clamp(Math.Log(0.003 * aim.Width * aim.Slope), -21, -7);
        var (end, slopeAbove) = sketch.Tail(theta, deviation, logTail, 1);
        var (begin, slopeBelow) = sketch.Tail(theta, deviation, logTail, -1);
        var margin = 0.02 * (end - begin);
        return new TiltedWindow(theta, begin - margin, end + margin, slopeBelow, slopeAbove, Excess(theta));
    }
}

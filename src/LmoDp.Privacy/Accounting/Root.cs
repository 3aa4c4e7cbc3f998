namespace LmoDp.Privacy.Accounting;

/// <summary>Inverts delta(epsilon). Only points at which delta was computed are returned, so a bound on delta that is not quite monotone still gives a bound on epsilon.</summary>
internal static class Root
{
    /// <summary>Neighbouring points: at Below delta is above the target, at Above it is not; (0, 0) where delta(0) is not above the target.</summary>
    /// <param name="delta">Decreasing, or nearly so.</param>
    /// <param name="target">Positive.</param>
    /// <param name="guess">Positive.</param>
    /// <param name="tolerance">Relative distance of the two points.</param>
    /// <param name="stretch">How far off the guess may be, relative to it: the first stride.</param>
    public static (double Below, double Above) Of(Func<double, double> delta, double target, double guess, double tolerance, double stretch = 0.05)
    {
        double Excess(double epsilon) => Math.Log(Math.Max(delta(epsilon), 1e-320) / target);
        var (low, high) = (guess, guess);
        var (atLow, atHigh) = (Excess(guess), 0.0);
        if (atLow > 0)
        {
            for (atHigh = atLow; atHigh > 0; stretch *= 2)
            {
                (low, atLow) = (high, atHigh);
                high *= 1 + stretch;
                if (high > 1e300)
                    return (low, double.PositiveInfinity);
                atHigh = Excess(high);
            }
        }
        else
        {
            for (; atLow <= 0; stretch *= 3)
            {
                if (low == 0)
                    return (0, 0);
                (high, atHigh) = (low, atLow);
                low = stretch < 1 ? low * (1 - stretch) : 0;
                atLow = Excess(low);
            }
        }
        return Narrow(Excess, (low, atLow), (high, atHigh), end => tolerance * end);
    }

    /// <summary>Brings together two points between which a decreasing function changes sign, to neighbours of which the first has a positive value and the other has not.</summary>
    /// <param name="excess">Decreasing, or nearly so.</param>
    /// <param name="low">A point and its value, above 0.</param>
    /// <param name="high">A larger point and its value, at most 0.</param>
    /// <param name="tolerance">Distance of the two points, where the larger is given.</param>
    public static (double Below, double Above) Narrow(
        Func<double, double> excess, (double At, double Excess) low, (double At, double Excess) high, Func<double, double> tolerance)
    {
        // Illinois: regula falsi that halves the weight of an end kept twice.
        var side = 0;
        for (var i = 0; i < 100 && high.At - low.At > tolerance(high.At); i++)
        {
            var middle = high.At - high.Excess * (high.At - low.At) / (high.Excess - low.Excess);
            var inset = 0.2 * tolerance(high.At);
            if (i % 6 == 5 || !(middle >= low.At && middle <= high.At))
                middle = (low.At + high.At) / 2;
            middle = Math.Clamp(middle, low.At + inset, high.At - inset);
            var at = excess(middle);
            if (at > 0)
            {
                low = (middle, at);
                if (side == 1)
                    high.Excess /= 2;
                side = 1;
            }
            else
            {
                high = (middle, at);
                if (side == -1)
                    low.Excess /= 2;
                side = -1;
            }
        }
        return (low.At, high.At);
    }
}

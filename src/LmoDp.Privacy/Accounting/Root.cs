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
        // Illinois: regula falsi that halves the weight of an end kept twice.
        var side = 0;
        for (var i = 0; i < 100 && high - low > tolerance * high; i++)
        {
            var middle = high - atHigh * (high - low) / (atHigh - atLow);
            var inset = 0.2 * tolerance * high;
            if (i % 4 == 3 || !(middle >= low && middle <= high))
                middle = (low + high) / 2;
            middle = Math.Clamp(middle, low + inset, high - inset);
            var at = Excess(middle);
            if (at > 0)
            {
                (low, atLow) = (middle, at);
                if (side == 1)
                    atHigh /= 2;
                side = 1;
            }
            else
            {
                (high, atHigh) = (middle, at);
                if (side == -1)
                    atLow /= 2;
                side = -1;
            }
        }
        return (low, high);
    }
}

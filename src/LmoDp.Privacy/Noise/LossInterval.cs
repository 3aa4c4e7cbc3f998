namespace LmoDp.Privacy.Noise;

/// <summary>The outputs Lower &lt; z &lt; Upper of one release; empty where Lower &gt;= Upper, Upper may be +infinity.</summary>
/// <param name="Lower">Lower end.</param>
/// <param name="Upper">Upper end.</param>
public readonly record struct LossInterval(double Lower, double Upper)
{
    /// <summary>No output at all.</summary>
    public static LossInterval Empty => new(double.PositiveInfinity, double.PositiveInfinity);

    /// <summary>Whether no output lies inside.</summary>
    public bool IsEmpty => !(Lower < Upper);

    /// <summary>
    /// Where the loss of <paramref name="law"/> exceeds <paramref name="threshold"/> &gt;= 0. On [shift/2, shift] every symmetric unimodal law's loss rises from 0;
    /// beyond, it rises on where log f is concave and falls where log f is convex, so one crossing on each side of the maximum is all there is.
    /// </summary>
    internal static LossInterval Solve(ContinuousLaw law, double threshold, double shift)
    {
        if (law.Shape == LogShape.LogConcave)
        {
            var top = shift;
            while (law.PrivacyLoss(top, shift) <= threshold)
            {
                top *= 2;
                if (top > 1e300)
                    return Empty;
            }
            return new LossInterval(Crossing(law, threshold, shift, shift / 2, top), double.PositiveInfinity);
        }
        if (law.PrivacyLoss(shift, shift) <= threshold)
            return Empty;
        var lower = Crossing(law, threshold, shift, shift / 2, shift);
        var far = 2 * shift;
        while (law.PrivacyLoss(far, shift) > threshold)
        {
            far *= 2;
            if (far > 1e300)
                return new LossInterval(lower, double.PositiveInfinity);
        }
        return new LossInterval(lower, Crossing(law, threshold, shift, far, shift));
    }

    /// <summary>Where the loss, at most the threshold at <paramref name="below"/> and above it at <paramref name="above"/>, crosses it: bisection to the last bit.</summary>
    private static double Crossing(ContinuousLaw law, double threshold, double shift, double below, double above)
    {
        while (true)
        {
            var middle = below + (above - below) / 2;
            if (middle == below || middle == above)
                return middle;
            if (law.PrivacyLoss(middle, shift) > threshold)
                above = middle;
            else
                below = middle;
        }
    }
}

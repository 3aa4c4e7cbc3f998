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
            var (bottom, top) = (shift / 2, shift);
            while (law.PrivacyLoss(top, shift) <= threshold)
            {
                (bottom, top) = (top, 2 * top);
                if (top > 1e300)
                    return Empty;
            }
            return new LossInterval(Crossing(law, threshold, shift, bottom, top), double.PositiveInfinity);
        }
        if (law.PrivacyLoss(shift, shift) <= threshold)
            return Empty;
        var lower = Crossing(law, threshold, shift, shift / 2, shift);
        var (near, far) = (shift, 2 * shift);
        while (law.PrivacyLoss(far, shift) > threshold)
        {
            (near, far) = (far, 2 * far);
            if (far > 1e300)
                return new LossInterval(lower, double.PositiveInfinity);
        }
        return new LossInterval(lower, Crossing(law, threshold, shift, far, near));
    }

    /// <summary>
    /// Where the loss, at most the threshold at <paramref name="below"/> and above it at <paramref name="above"/>, crosses it, to the last bit: secants (Illinois: an end kept twice
    /// counts half), bisection where they lag.
    /// </summary>
    private static double Crossing(ContinuousLaw law, double threshold, double shift, double below, double above)
    {
        double Excess(double output) => law.PrivacyLoss(output, shift) - threshold;
        var (atBelow, atAbove) = (Excess(below), Excess(above));
        var kept = 0;
        for (var i = 1; ; i++)
        {
            var middle = below + (above - below) / 2;
            if (middle == below || middle == above)
                return middle;
            var secant = below - atBelow * ((above - below) / (atAbove - atBelow));
            // The root is as good as found where the secant meets an end: a point a few bits inside shows on which side.
            var inset = Math.Min(2 * (Math.BitIncrement(Math.Abs(middle)) - Math.Abs(middle)), Math.Abs(above - below) / 4);
            var (least, most) = (Math.Min(below, above) + inset, Math.Max(below, above) - inset);
            if (i % 4 != 0 && secant >= Math.Min(below, above) && secant <= Math.Max(below, above) && least < most)
                middle = Math.Clamp(secant, least, most);
            var at = Excess(middle);
            if (at > 0)
            {
                (above, atAbove) = (middle, at);
                atBelow = kept == 1 ? atBelow / 2 : atBelow;
                kept = 1;
            }
            else
            {
                (below, atBelow) = (middle, at);
                atAbove = kept == -1 ? atAbove / 2 : atAbove;
                kept = -1;
            }
        }
    }
}

using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// A composition's loss as a few thousand atoms a step: good for choosing tilt, grid and window, which decide how tight the bounds are, never whether they hold.
/// </summary>
/// <param name="parts">Losses, ascending, masses and repetitions of each kind of step.</param>
/// <param name="cut">What happens where no loss exceeds it is left out; -infinity for all there is.</param>
internal sealed class LossSketch(IReadOnlyList<(double[] Losses, double[] Masses, long Times)> parts, double cut = double.NegativeInfinity)
{
    /// <summary>How finely a tilt's logarithm is looked for.</summary>
    private const double Precision = 2e-3;

    /// <summary>The range of tilts.</summary>
    public const double MinTheta = 1e-14, MaxTheta = 1e12;

    /// <summary>log E exp(theta times the composed loss), over what is not left out.</summary>
    public double LogMoment(double theta)
    {
        var (all, within, rare) = (0.0, 0.0, double.NegativeInfinity);
        foreach (var (losses, masses, times) in parts)
        {
            var logMoment = LogMoment(losses, masses, theta);
            all += times * logMoment;
            if (double.IsNegativeInfinity(cut))
                continue;
            var logShare = Math.Min(LogMoment(losses, Beyond(losses, masses), theta) - logMoment, 0);
            within += times * Elementary.Log1p(-Math.Exp(logShare));
            rare = Elementary.LogSum(rare, Math.Log(times) + logShare);
        }
        return double.IsNegativeInfinity(cut) ? all : all + (rare < -20 ? rare : Elementary.Log1mExp(within));
    }

    private double[] Beyond(double[] losses, double[] masses) => [.. masses.Select((mass, i) => losses[i] > cut ? mass : 0)];

    /// <summary>The same, less what happens where no loss exceeds a cut.</summary>
    public LossSketch Beyond(double loss) => new(parts, loss);

    /// <summary>The same without all losses beyond one.</summary>
    public LossSketch Within(double loss) => new([.. parts.Select(part => (part.Losses, part.Masses.Select((mass, i) => part.Losses[i] <= loss ? mass : 0).ToArray(), part.Times))]);

    /// <summary>The same with losses beyond the largest taken for it: a step that exceeds epsilon alone counts no more for exceeding it by far.</summary>
    public LossSketch Capped(double largest) => new([.. parts.Select(part => (part.Losses.Select(loss => Math.Min(loss, largest)).ToArray(), part.Masses, part.Times))]);

    /// <summary>
    /// Slope of -log delta and epsilon by Chernoff's bound on capped losses, which is sharp also where the tail is heavier than exponential and one large loss decides (few steps at small q).
    /// </summary>
    /// <param name="delta">Target.</param>
    /// <param name="epsilon">Where to begin: too high.</param>
    public (double Slope, double Epsilon) ForDeltaOfLargeLosses(double delta, double epsilon)
    {
        for (var i = 0; i < 12; i++)
        {
            var next = Math.Min(Capped(epsilon).ForDelta(delta).Epsilon, epsilon);
            if (!(next < 0.995 * epsilon))
                break;
            epsilon = Math.Max(next, 0.1 * epsilon);
        }
        return (SlopeOfLargeLosses(epsilon), epsilon);
    }

    /// <summary>The slope of -log delta by the same bound.</summary>
    public double SlopeOfLargeLosses(double epsilon) =>
        Math.Max(Capped(0.97 * epsilon).ForEpsilon(0.97 * epsilon).LogDelta - Capped(1.03 * epsilon).ForEpsilon(1.03 * epsilon).LogDelta, 0.06) / (0.06 * epsilon);

    /// <summary>About how many losses beyond one there are under the tilt.</summary>
    public double Exceeding(double theta, double largest) => parts.Sum(part =>
        part.Times * Math.Exp(LogMoment(part.Losses, [.. part.Masses.Select((mass, i) => part.Losses[i] > largest ? mass : 0)], theta) - LogMoment(part.Losses, part.Masses, theta)));

    /// <summary>The tilt whose Chernoff bound on epsilon at this delta is least, and the bound.</summary>
    public (double Theta, double Epsilon) ForDelta(double delta)
    {
        double Bound(double theta) => (LogMoment(theta) - Math.Log(delta) + ExceedanceKernel.LogLargestWeight(theta)) / theta;
        var theta = Math.Exp(GoldenSection.Minimum(x => Bound(Math.Exp(x)), Math.Log(MinTheta), Math.Log(MaxTheta), Precision));
        return (theta, Bound(theta));
    }

    /// <summary>The tilt whose Chernoff bound on delta at this epsilon is least, and the log of the bound.</summary>
    public (double Theta, double LogDelta) ForEpsilon(double epsilon)
    {
        double Bound(double theta) => LogMoment(theta) - theta * epsilon + ExceedanceKernel.LogLargestWeight(theta);
        var theta = Math.Exp(GoldenSection.Minimum(x => Bound(Math.Exp(x)), Math.Log(MinTheta), Math.Log(MaxTheta), Precision));
        return (theta, Bound(theta));
    }

    /// <summary>
    /// The losses of one kind of step and their masses under the tilt, which add up to 1. Losses beyond the largest are weighed as it is: a step that reaches epsilon alone counts
    /// no more for exceeding it, and where the tail is heavier than exponential (few steps at small q), the tilt would otherwise see nothing but its end.
    /// </summary>
    public (double[] Losses, double[] Masses) Tilted(int part, double theta, double largest)
    {
        var (losses, masses, _) = parts[part];
        double[] capped = [.. losses.Select(loss => Math.Min(loss, largest))];
        var logMoment = LogMoment(capped, masses, theta);
        return (losses, [.. masses.Select((mass, i) => mass > 0 ? Math.Exp(Math.Log(mass) + theta * capped[i] - logMoment) : 0)]);
    }

    /// <summary>Standard deviation of the composed loss under the tilt; with a cut, about that of the other losses and one beyond it.</summary>
    public double StandardDeviation(double theta)
    {
        var (variance, one) = (0.0, 0.0);
        foreach (var (losses, masses, times) in parts)
        {
            variance += times * Variance(losses, masses, theta);
            if (!double.IsNegativeInfinity(cut))
                one = Math.Max(one, Variance(losses, Beyond(losses, masses), theta));
        }
        return Math.Sqrt(variance + one);
    }

    private static double Variance(double[] losses, double[] masses, double theta)
    {
        var logMoment = LogMoment(losses, masses, theta);
        var (mean, square) = (0.0, 0.0);
        for (var i = 0; i < losses.Length; i++)
        {
            if (masses[i] <= 0)
                continue;
            var weight = Math.Exp(Math.Log(masses[i]) + theta * losses[i] - logMoment);
            mean += weight * losses[i];
            square += weight * losses[i] * losses[i];
        }
        return Math.Max(square - mean * mean, 0);
    }

    /// <summary>
    /// The point beyond which (upwards for positive direction, downwards for negative) the tilted composed loss has mass at most e^logMass by a Chernoff bound, and its slope.
    /// </summary>
    public (double Point, double Slope) Tail(double theta, double deviation, double logMass, int direction)
    {
        var origin = LogMoment(theta);
        double Bound(double logSlope)
        {
            var slope = direction * Math.Exp(logSlope);
            return (LogMoment(theta + slope) - origin - logMass) / Math.Abs(slope);
        }
        var guess = Math.Log(Math.Sqrt(-2 * logMass) / deviation);
        var best = GoldenSection.Minimum(Bound, guess - 8, guess + 4, Precision);
        return (direction * Bound(best), direction * Math.Exp(best));
    }

    private static double LogMoment(double[] losses, double[] masses, double theta)
    {
        var top = double.NegativeInfinity;
        for (var i = 0; i < losses.Length; i++)
            if (masses[i] > 0)
                top = Math.Max(top, theta * losses[i]);
        var sum = 0.0;
        for (var i = 0; i < losses.Length; i++)
            if (masses[i] > 0)
                sum += masses[i] * Math.Exp(theta * losses[i] - top);
        return sum > 1e-280 ? top + Math.Log(sum) : LogMomentByLogs(losses, masses, theta);
    }

    private static double LogMomentByLogs(double[] losses, double[] masses, double theta)
    {
        var top = double.NegativeInfinity;
        for (var i = 0; i < losses.Length; i++)
            top = Math.Max(top, masses[i] > 0 ? Math.Log(masses[i]) + theta * losses[i] : double.NegativeInfinity);
        var sum = 0.0;
        for (var i = 0; i < losses.Length; i++)
            sum += masses[i] > 0 ? Math.Exp(Math.Log(masses[i]) + theta * losses[i] - top) : 0;
        return top + Math.Log(sum);
    }
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The epsilon of a law's T releases of removal without error bounds, in about a millisecond: for one release nearly exact, for more the T-fold convolution of <see cref="ReleaseAtoms"/> on a grid,
/// tilted so that the losses which decide delta are the likely ones. The search rests on it, never a guarantee.
/// </summary>
internal static class EpsilonEstimate
{
    /// <summary>How many standard deviations of the tilted composed loss are kept on each side of its mean.</summary>
    private const double Reach = 9;

    /// <summary>epsilon(delta) for the target's composition, sensitivity 1.</summary>
    public static double Of(ContinuousLaw law, SearchTarget target)
    {
        if (target.Steps == 1)
            return SubsampledLoss.Subsampled(Once(new ShiftPair(law, 1), target.Delta / target.SamplingRate), target.SamplingRate);
        var (losses, masses) = ReleaseAtoms.Of(law, target.SamplingRate);
        return Composed(losses, masses, target.Steps, target.Delta);
    }

    /// <summary>
    /// epsilon(delta) of one unsampled release. (Under Poisson sampling removal has q times its delta.) In x = e^epsilon, delta is convex, so every tangent gives a lower bound on x: exact at once where
    /// one large loss decides, slow in a smooth tail, where the tangent to log delta is good.
    /// </summary>
    private static double Once(DominatingPair pair, double delta)
    {
        var (low, high) = (0.0, pair.MaximumLoss);
        var at = Math.Min(1, 0.99 * high);
        for (var i = 0; i < 100 && high - low > 1e-9 * low; i++)
        {
            var tail = pair.Above(at);
            var weight = Math.Exp(at) * tail.Q;
            var found = tail.P - weight;
            if (tail.P > delta && tail.Q > 0)
                low = Math.Max(low, Math.Log((tail.P - delta) / tail.Q));
            if (found <= delta)
                high = Math.Min(high, at);
            var next = found > 0 ? at + Math.Log(found / delta) * found / weight : double.NaN;
            if (Math.Abs(next - at) < 1e-9 * at)
                return next;
            at = i % 2 == 0 && low > 0 ? low : next > low && next < Math.Min(high, 4 * at) ? next : double.IsInfinity(high) ? 2 * at : Middle();
        }
        return low;

        // Over several orders of magnitude, of the logarithms.
        double Middle() => high > 4 * low && low > 0 ? Math.Sqrt(low * high) : (low + high) / 2;
    }

    /// <summary>epsilon(delta) of independent repetitions of one step.</summary>
    /// <param name="losses">One step's losses, ascending or not.</param>
    /// <param name="masses">Their probabilities under the first law.</param>
    /// <param name="count">T, at least 2.</param>
    /// <param name="delta">Target.</param>
    internal static double Composed(double[] losses, double[] masses, long count, double delta)
    {
        var sketch = new LossSketch([(losses, masses, 1)]);
        var composition = new LossSketch([(losses, masses, count)]);
        // Close to the largest possible loss the best tilt grows without bound; one of so many standard deviations reaches there.
        var theta = Math.Min(composition.ForDelta(delta).Theta, 30 / composition.StandardDeviation(0));
        var logMoment = sketch.LogMoment(theta);
        var tilted = new double[losses.Length];
        var (mean, square) = (0.0, 0.0);
        for (var i = 0; i < losses.Length; i++)
        {
            tilted[i] = masses[i] > 0 ? Math.Exp(Math.Log(masses[i]) + theta * losses[i] - logMoment) : 0;
            mean += tilted[i] * losses[i];
            square += tilted[i] * losses[i] * losses[i];
        }
        var deviation = Math.Sqrt(count * Math.Max(square - mean * mean, 1e-12 * square));
        var largest = losses.Max();
        var low = Math.Max(count * mean - Reach * deviation, count * losses.Min());
        var high = Math.Min(count * mean + Reach * deviation, count * largest);
        // Putting atoms on two grid points each adds a variance of up to T h^2 / 4, to be small beside the composed loss's own.
        var logSize = Math.Clamp((int)Math.Ceiling(Math.Log2(4096 * Math.Sqrt(count / 64.0))), 12, 15);
        var size = 1 << logSize;
        // The largest loss lies on the grid, so that it is not exceeded by a fraction of a step, T times.
        var step = (high - low) / (size - 8);
        step = Math.Abs(largest) / Math.Floor(Math.Max(Math.Abs(largest) / step, 1));
        var origin = (long)Math.Floor(low / step) - 2;
        var composed = CyclicPower.Of(losses.Zip(tilted, (loss, mass) => (loss / step, mass)), count, logSize);
        var (aboveP, aboveQ) = (0.0, 0.0);
        for (var j = size - 1; j >= 0; j--)
        {
            var loss = (origin + j) * step;
            // delta(epsilon) between this grid point and the next one above.
            var epsilon = aboveP > delta ? Math.Log((aboveP - delta) / aboveQ) : double.NegativeInfinity;
            if (epsilon >= loss)
                return epsilon;
            var mass = Math.Max(composed[(int)((origin + j) & (size - 1))], 0);
            if (mass < 1e-15)
                continue;
            var p = Math.Exp(Math.Log(mass) + count * logMoment - theta * loss);
            aboveP += p;
            aboveQ += p * Math.Exp(-loss);
        }
        return 0;
    }
}

using LmoDp.Privacy.Accounting;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The privacy profile of n further steps as a <see cref="ConvexDivergence"/>: with D_n(x) = sup over events of (P - x Q) for their composition, the delta of all n + 1 steps is the sum over
/// one step's outcomes of P D_n(e^epsilon Q / P) (docs/accounting.md, one factor at a time). Its gradient in the weights, times n + 1, is that of the composed delta, since each factor can
/// be varied in turn. Good to some 1e-6 (2.5e-5 where epsilon is exactly a sum of losses), without error bounds: the search
/// rests on it, never a guarantee.
/// </summary>
internal sealed class ComposedProfile : ConvexDivergence
{
    private const int LogSize = 16;

    /// <summary>The tilted mass beyond the grid's ends, in logarithms.</summary>
    private const double LogNegligible = -30;

    /// <summary>Tilts at which the distribution is inverted, relative to that of the epsilon: at each loss the best conditioned one serves.</summary>
    private static readonly double[] Tilts = [1, 0.5, 0.25, 0];

    private readonly double epsilon;
    private readonly double step;
    private readonly double first;

    // Density of the loss of n steps in the cell j, and masses above its lower edge under P and Q.
    private readonly double[] density;
    private readonly double[] aboveP;
    private readonly double[] aboveQ;
    private readonly Slopes tangent;

    /// <param name="losses">One step's losses.</param>
    /// <param name="masses">Their probabilities under the first law.</param>
    /// <param name="count">n, at least 1.</param>
    /// <param name="epsilon">Of the whole composition.</param>
    /// <param name="smoothing">
    /// Width of the two windows that smooth the density, in standard deviations of one step's loss: few steps have few losses, and a profile with a corner at each of them has no second derivative.
    /// </param>
    public ComposedProfile(double[] losses, double[] masses, long count, double epsilon, double smoothing = 0)
    {
        this.epsilon = epsilon;
        var sketch = new LossSketch([(losses, masses, count)]);
        // Close to the largest possible loss the slope of log delta has no bound; a tilt of so many standard deviations reaches there.
        var slope = Math.Min(new LossSketch([(losses, masses, count + 1)]).ForEpsilon(epsilon).Theta, 30 / sketch.StandardDeviation(0));
        var deviation = new LossSketch([(losses, masses, 1)]).StandardDeviation(slope);
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var tilt in Tilts)
        {
            var spread = sketch.StandardDeviation(tilt * slope);
            low = Math.Min(low, sketch.Tail(tilt * slope, spread, LogNegligible, -1).Point);
            high = Math.Max(high, sketch.Tail(tilt * slope, spread, LogNegligible, 1).Point);
        }
        low = Math.Max(low, count * losses.Min()) - 4 * smoothing * deviation;
        high = Math.Min(high, count * losses.Max()) + 4 * smoothing * deviation;
        var size = 1 << LogSize;
        step = (high - low) / (size - 16);
        var origin = (long)Math.Floor(low / step) - 4;
        first = (origin - 0.5) * step;
        density = Smoothed(Smoothed(Density(losses, masses, count, slope, origin), (int)(smoothing * deviation / step)), (int)(smoothing * deviation / step));
        aboveP = new double[size + 1];
        aboveQ = new double[size + 1];
        // A loss is spread evenly over its cell, under P; under Q with weight e^-loss.
        var factor = step < 1e-3 ? 1 + step * step / 24 : Math.Sinh(step / 2) / (step / 2);
        for (var j = size - 1; j >= 0; j--)
        {
            aboveP[j] = aboveP[j + 1] + density[j] * step;
            aboveQ[j] = aboveQ[j + 1] + density[j] * step * factor * Math.Exp(-(origin + j) * step);
        }
        tangent = Raw(0);
        Floor = tangent.P - tangent.Q;
    }

    /// <summary>The profile of the n steps alone at epsilon: what a further step that releases nothing would leave.</summary>
    public double Floor { get; }

    /// <summary>The slopes less those at loss 0, so that F is 0 where P = Q and delta is <see cref="Floor"/> + F.</summary>
    public override Slopes At(double loss)
    {
        var slopes = Raw(loss);
        return slopes with { P = slopes.P - tangent.P, Q = slopes.Q - tangent.Q };
    }

    private Slopes Raw(double loss)
    {
        var threshold = epsilon - loss;
        var place = (threshold - first) / step;
        if (place < 0)
            return new Slopes(aboveP[0], Math.Exp(epsilon) * aboveQ[0], 0);
        if (place >= density.Length)
            return default;
        var cell = (int)place;
        var edge = first + (cell + 1) * step;
        var here = density[cell];
        return new Slopes(aboveP[cell + 1] + here * (edge - threshold), Math.Exp(epsilon) * (aboveQ[cell + 1] + here * (Math.Exp(-threshold) - Math.Exp(-edge))), here);
    }

    /// <summary>Running means over 2 r + 1 cells.</summary>
    private static double[] Smoothed(double[] values, int radius)
    {
        var smoothed = new double[values.Length];
        var sum = 0.0;
        // From the top, where the values are smallest, so that small sums keep their digits.
        for (var j = values.Length - 1 + radius; j >= 0; j--)
        {
            sum += j - radius >= 0 ? values[j - radius] : 0;
            if (j + radius + 1 < values.Length)
                sum = Math.Max(sum - values[j + radius + 1], 0);
            if (j < values.Length)
                smoothed[j] = sum / (2 * radius + 1);
        }
        return smoothed;
    }

    private double[] Density(double[] losses, double[] masses, long count, double slope, long origin)
    {
        var size = 1 << LogSize;
        var density = new double[size];
        var conditioning = new double[size];
        foreach (var tilt in Tilts)
        {
            var theta = tilt * slope;
            var logMoment = new LossSketch([(losses, masses, 1)]).LogMoment(theta);
            var atoms = losses.Zip(masses, (loss, mass) => (loss / step, mass > 0 ? Math.Exp(Math.Log(mass) + theta * loss - logMoment) : 0));
            var composed = CyclicPower.Of(atoms, count, LogSize);
            for (var j = 0; j < size; j++)
            {
                var tilted = composed[(int)((origin + j) & (size - 1))];
                if (tilted <= conditioning[j] || tilted < 1e-14)
                    continue;
                conditioning[j] = tilted;
                density[j] = Math.Exp(Math.Min(Math.Log(tilted) + count * logMoment - theta * (origin + j) * step, 0)) / step;
            }
        }
        return density;
    }
}

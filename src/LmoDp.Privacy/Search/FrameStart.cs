using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>Where the free-form search begins: a lattice fine and long enough for a law that nearly meets the target, and that law on it.</summary>
/// <param name="Frame">The lattice.</param>
/// <param name="Weights">The law.</param>
/// <param name="Wider">A somewhat wider one, within the target.</param>
internal sealed record FrameStart(LatticeFrame Frame, double[] Weights, double[] Wider)
{
    private const int MostPlaces = 1 << 15;

    /// <summary>The least fall of the tail from place to place, in logarithms.</summary>
    private const double SlowestTail = 1e-4;

    /// <summary>How far below its peak, in logarithms, the density is followed place by place; weights below 2^-38 of the peak's will be geometric in the end.</summary>
    private const double Depth = 37;

    /// <param name="shape">A law that meets the target or nearly so.</param>
    /// <param name="target">The target.</param>
    /// <param name="objective">What a law costs.</param>
    /// <param name="m">Lattice steps to the sensitivity.</param>
    /// <returns>null where the noise is too wide to be searched place by place.</returns>
    public static FrameStart? Of(ContinuousLaw shape, SearchTarget target, Objective objective, int m)
    {
        var last = Math.Max(Last(), 2 * m);
        if (last > MostPlaces)
            return null;
        // A tail that falls more slowly than epsilon per sensitivity spends none of it.
        var slope = Math.Max(Math.Min(shape.Slope((double)last / m), 0.9 * target.Epsilon), m * SlowestTail);
        var frame = new LatticeFrame(m, last, Math.Exp(-slope / m), objective);
        return new FrameStart(frame, Scaled(1), Scaled(1.02));

        int Last()
        {
            var (low, high) = (0.0, shape.StandardDeviation);
            bool Within(double z) => shape.LogDensity(0) - shape.LogDensity(z) < Depth;
            while (Within(high))
                (low, high) = (high, 2 * high);
            while (high - low > 1e-6 * high)
                (low, high) = Within((low + high) / 2) ? ((low + high) / 2, high) : (low, (low + high) / 2);
            return (int)Math.Min(Math.Ceiling(high * m), LatticeLaw.MostWeights);
        }

        double[] Scaled(double factor)
        {
            double[] weights = [.. Enumerable.Range(0, last + 1).Select(k => Math.Exp(shape.LogDensity(k / factor / m) - shape.LogDensity(0)))];
            var mass = LatticeFrame.Dot(frame.Masses, weights);
            return [.. weights.Select(weight => weight / mass)];
        }
    }
}

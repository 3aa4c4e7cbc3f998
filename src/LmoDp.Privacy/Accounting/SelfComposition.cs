using System.Numerics;
using System.Runtime.InteropServices;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// K releases from one draw, before subsampling: the K-fold composition of one release's pair, bracketed by two pairs on a lattice. The distributions of one release from
/// above and from below are convolved term by term: all terms are positive, so every mass keeps its digits, however small.
/// </summary>
internal static class SelfComposition
{
    /// <summary>The most releases from one draw that are accounted for.</summary>
    public const int MostReleases = 1024;

    /// <summary>Knots of the K-fold distribution; a single release has the K-th part of them.</summary>
    private const int Knots = 1 << 14;

    private const int FewestKnots = 64;

    /// <summary>More than all products that are too small for a double can add up to.</summary>
    private const double Underflow = 1e-312;

    /// <summary>Pairs above and below the K-fold composition.</summary>
    /// <param name="pair">One release.</param>
    /// <param name="count">K, 2 to <see cref="MostReleases"/>.</param>
    /// <param name="tail">Mass beyond which one release's tail is cut: far below the delta of interest.</param>
    public static (AtomicPair Upper, AtomicPair Lower) Of(DominatingPair pair, int count, double tail)
    {
        var loss = new SubsampledLoss(pair, 1);
        var range = loss.UpperTail(tail);
        var half = Math.Max(Knots / count, FewestKnots) / 2;
        // The largest loss, where there is one, lies a hair above a knot, so that no rounding can place it below.
        var step = range / half * (1 - 2e-15);
        var grid = new LossGrid(step, [.. Enumerable.Range(-half - 1, 2 * half + 3).Select(i => (long)i)]);
        var (upper, lower) = loss.OnGrid(grid, Adjacency.Remove);
        var middle = count * (half + 1);
        var above = Power(upper.Masses, count, 1);
        var below = Power(lower.Masses, count, -1);
        return (new AtomicPair(step, above.AsSpan(middle + 1), count * upper.Infinity * (1 + 1e-12) + Underflow), new AtomicPair(step, below.AsSpan(middle + 1), 0));
    }

    /// <summary>The count-fold convolution, every mass rounded in the given direction.</summary>
    private static double[] Power(double[] masses, int count, int direction)
    {
        double[]? result = null;
        for (var factor = masses; ; factor = Convolve(factor, factor, direction))
        {
            if ((count & 1) == 1)
                result = result is null ? factor : Convolve(result, factor, direction);
            count >>= 1;
            if (count == 0)
                return result!;
        }
    }

    private static double[] Convolve(double[] one, double[] other, int direction)
    {
        var result = new double[one.Length + other.Length - 1];
        var width = Vector<double>.Count;
        for (var i = 0; i < one.Length; i++)
        {
            if (one[i] == 0)
                continue;
            var target = result.AsSpan(i, other.Length);
            var factor = new Vector<double>(one[i]);
            var vectors = MemoryMarshal.Cast<double, Vector<double>>(target);
            var terms = MemoryMarshal.Cast<double, Vector<double>>(other.AsSpan());
            for (var v = 0; v < vectors.Length; v++)
                vectors[v] += factor * terms[v];
            for (var j = vectors.Length * width; j < other.Length; j++)
                target[j] += one[i] * other[j];
        }
        // n products added up: relative error at most n u, as no term is negative.
        var rounding = 1 + direction * 1.2e-16 * (Math.Min(one.Length, other.Length) + 8);
        foreach (ref var mass in result.AsSpan())
            mass *= rounding;
        return result;
    }
}

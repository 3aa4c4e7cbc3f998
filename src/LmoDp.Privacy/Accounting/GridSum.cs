using System.Numerics;
using System.Runtime.InteropServices;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// The distribution of a sum of independent losses on a lattice, convolved term by term: all terms are positive, so every mass keeps its digits, however small. Every mass is rounded in
/// one direction. What lies beyond a window counts, upwards, as infinite above it and as the lowest loss below it; downwards it is left out.
/// </summary>
/// <param name="first">Lattice index of the first mass.</param>
/// <param name="masses">None negative.</param>
/// <param name="infinity">Mass at loss +infinity.</param>
/// <param name="rounding">Direction.</param>
internal sealed class GridSum(long first, double[] masses, double infinity, GridSum.Rounding rounding)
{
    /// <summary>Which bound a distribution serves.</summary>
    public enum Rounding
    {
        /// <summary>A lower one.</summary>
        Down = -1,

        /// <summary>An upper one.</summary>
        Up = 1,
    }

    /// <summary>Lattice index of the first mass.</summary>
    public long First => first;

    /// <summary>Masses of consecutive indices.</summary>
    public double[] Masses => masses;

    /// <summary>Mass at loss +infinity.</summary>
    public double Infinity => infinity;

    /// <summary>The sum of independent losses like this one.</summary>
    /// <param name="count">Their number, at least 2.</param>
    /// <param name="bottom">Lowest index that a sum of some of them is followed to.</param>
    /// <param name="top">Highest index.</param>
    /// <param name="from">Lowest index of the sum of all that is asked for: what lies below is left out.</param>
    public GridSum Times(int count, long bottom, long top, long from)
    {
        var half = Times(count / 2, bottom, top);
        return count % 2 == 0 ? half.Plus(half, from, top, raise: false) : half.Plus(half, bottom, top, raise: true).Plus(this, from, top, raise: false);
    }

    private GridSum Times(int count, long bottom, long top)
    {
        if (count == 1)
            return this;
        var half = Times(count / 2, bottom, top);
        var twice = half.Plus(half, bottom, top, raise: true);
        return count % 2 == 0 ? twice : twice.Plus(this, bottom, top, raise: true);
    }

    /// <param name="other">Independent.</param>
    /// <param name="from">First index of the window.</param>
    /// <param name="to">Last index.</param>
    /// <param name="raise">Whether, upwards, what lies below the window counts at its first index.</param>
    private GridSum Plus(GridSum other, long from, long to, bool raise)
    {
        var begin = Math.Max(First + other.First, from);
        var end = Math.Max(Math.Min(First + Masses.Length + other.First + other.Masses.Length - 2, to), begin);
        var result = new double[end - begin + 1];
        var up = rounding == Rounding.Up;
        var (below, above) = up ? other.Tails() : ([], []);
        var lost = 0.0;
        for (var i = 0; i < Masses.Length; i++)
        {
            var mass = Masses[i];
            if (mass == 0)
                continue;
            // other's places [low, high) end up within the window
            var shift = First + i + other.First - begin;
            var low = (int)Math.Clamp(-shift, 0, other.Masses.Length);
            var high = (int)Math.Clamp(result.Length - shift, low, other.Masses.Length);
            AddScaled(other.Masses.AsSpan(low, high - low), mass, result.AsSpan((int)Math.Clamp(low + shift, 0, result.Length), high - low));
            if (!up)
                continue;
            lost += mass * above[high];
            if (raise)
                result[0] += mass * below[low];
        }
        // n products added up: relative error at most n u, as no term is negative.
        var error = 1.2e-16 * (Math.Max(Masses.Length, other.Masses.Length) + 16);
        var factor = 1 + (int)rounding * error;
        foreach (ref var mass in result.AsSpan())
            mass *= factor;
        return new GridSum(begin, result, (Infinity + other.Infinity + lost) * (1 + 4 * error), rounding);
    }

    /// <summary>Sums of the masses before, and from, each place.</summary>
    private (double[] Before, double[] From) Tails()
    {
        var (before, from) = (new double[Masses.Length + 1], new double[Masses.Length + 1]);
        for (var i = 0; i < Masses.Length; i++)
            before[i + 1] = before[i] + Masses[i];
        for (var i = Masses.Length - 1; i >= 0; i--)
            from[i] = from[i + 1] + Masses[i];
        return (before, from);
    }

    private static void AddScaled(ReadOnlySpan<double> terms, double factor, Span<double> target)
    {
        var vector = new Vector<double>(factor);
        var sources = MemoryMarshal.Cast<double, Vector<double>>(terms);
        var targets = MemoryMarshal.Cast<double, Vector<double>>(target);
        for (var v = 0; v < targets.Length; v++)
            targets[v] += vector * sources[v];
        for (var j = targets.Length * Vector<double>.Count; j < target.Length; j++)
            target[j] += factor * terms[j];
    }
}

using System.Numerics;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>The Fourier coefficients of a composition that are not negligible, by whichever transform keeps their digits.</summary>
/// <param name="frequencies">Those with index at most N/2.</param>
/// <param name="logScale">log of what they are relative to.</param>
/// <param name="scaleError">Bound on its absolute error.</param>
/// <param name="logNegligible">log of a bound on every coefficient that was left out, relative to the scale.</param>
internal sealed class Spectrum(List<Frequency> frequencies, double logScale, double scaleError, double logNegligible)
{
    private const double Unit = 1.1102230246251565e-16;

    /// <summary>Coefficients below e^-90 are left out, and so bounded.</summary>
    private const double Negligible = -90;

    /// <summary>Where large losses are rare, all coefficients are small, and less is left out: but nothing below this, so that no product that counts leaves the range of a double.</summary>
    private const double Least = -600;

    /// <summary>Products of frequencies and knots up to which coefficients are summed one by one.</summary>
    private const double MostDirectWork = 3e7;

    /// <summary>Those with index at most N/2.</summary>
    public List<Frequency> Frequencies => frequencies;

    /// <summary>log of what they are relative to.</summary>
    public double LogScale => logScale;

    /// <summary>Bound on the absolute error of <see cref="LogScale"/>.</summary>
    public double ScaleError => scaleError;

    /// <summary>log of a bound on every coefficient that was left out, relative to the scale.</summary>
    public double LogNegligible => logNegligible;

    /// <summary>The spectra of two compositions on the same knots.</summary>
    /// <param name="transform">Size and roots of unity.</param>
    /// <param name="first">One composition's weights.</param>
    /// <param name="second">The other's.</param>
    /// <param name="times">Repetitions.</param>
    public static (Spectrum First, Spectrum Second) Of(FourierTransform transform, TiltedLoss[] first, TiltedLoss[] second, long[] times)
    {
        var transforms = first.Zip(second, (one, other) => new PackedTransform(transform, one, other)).ToArray();
        var firstIndices = Significant(transforms, times, second: false);
        var secondIndices = Significant(transforms, times, second: true);
        int[] indices = [.. firstIndices.Union(secondIndices).Order()];
        var direct = first.Zip(second, (one, other) => new DirectTransform(transform, one, other)).ToArray();
        if ((double)indices.Length * direct.Sum(part => part.Length) <= MostDirectWork)
            return Direct(direct, indices, times);
        return (Fast(transforms, firstIndices, times, second: false), Fast(transforms, secondIndices, times, second: true));
    }

    /// <summary>The spectra of what two compositions make of losses beyond a cut: w^(*T) - y^(*T).</summary>
    /// <param name="transform">Size and roots of unity.</param>
    /// <param name="first">One composition's weights.</param>
    /// <param name="second">The other's.</param>
    /// <param name="times">Repetitions.</param>
    /// <param name="rare">The cut.</param>
    public static (Spectrum First, Spectrum Second) OfRare(FourierTransform transform, TiltedLoss[] first, TiltedLoss[] second, long[] times, RareLosses rare)
    {
        var all = first.Zip(second, (one, other) => new PackedTransform(transform, one, other)).ToArray();
        var large = first.Zip(second, (one, other) => new PackedTransform(transform, one, other, rare.Cut)).ToArray();
        var rounding = PowerDifference.Rounding(times);
        double LogNegligible(TiltedLoss[] losses) => Math.Max(Negligible + Math.Min(rare.LogShare(losses, times, 0), 0), Least);
        var (logFirst, logSecond) = (LogNegligible(first), LogNegligible(second));
        var (negligibleFirst, negligibleSecond) = (Math.Exp(logFirst), Math.Exp(logSecond));
        var (frequencies, others) = (new List<Frequency>(), new List<Frequency>());
        var (x, z, otherX, otherZ) = (new Complex[all.Length], new Complex[all.Length], new Complex[all.Length], new Complex[all.Length]);
        for (var k = 0; k <= transform.Size / 2; k++)
        {
            for (var g = 0; g < all.Length; g++)
            {
                (x[g], otherX[g]) = all[g].At(k);
                (z[g], otherZ[g]) = large[g].At(k);
            }
            if (Frequency.OfDifference(k, x, z, all, large, times, rounding, negligibleFirst) is { } one)
                frequencies.Add(one);
            if (Frequency.OfDifference(k, otherX, otherZ, all, large, times, rounding, negligibleSecond) is { } other)
                others.Add(other);
        }
        return (new Spectrum(frequencies, 0, 0, logFirst), new Spectrum(others, 0, 0, logSecond));
    }

    /// <summary>The frequencies that cannot be left out.</summary>
    private static List<int> Significant(PackedTransform[] transforms, long[] times, bool second)
    {
        var indices = new List<int>();
        var smallest = Math.Exp(2 * Negligible / times[0]);
        for (var k = 0; k <= transforms[0].Size / 2; k++)
        {
            // Most are settled without a logarithm: (|X| + d)^2 is at most |X|^2 + 3 d where both are at most 1. The factor is far more than all roundings.
            var squared = transforms[0].SquaredSize(k, second);
            if (transforms.Length == 1 && squared * (1 + 1e-12) + 3 * transforms[0].Deviation < smallest)
                continue;
            var logBound = new UpperSum();
            for (var g = 0; g < transforms.Length; g++)
                logBound.Add(times[g] * Math.Log(Math.Sqrt(transforms[g].SquaredSize(k, second)) * (1 + 8 * Unit) + transforms[g].Deviation));
            if (logBound.Value >= Negligible)
                indices.Add(k);
        }
        return indices;
    }

    /// <summary>Relative to the sums of the weights, whose powers are the scale.</summary>
    private static (Spectrum First, Spectrum Second) Direct(DirectTransform[] transforms, int[] indices, long[] times)
    {
        var coefficients = transforms.Select(part => part.At(indices)).ToArray();
        return (One(part => part.FirstTotal, coefficient => coefficient.First), One(part => part.SecondTotal, coefficient => coefficient.Second));

        Spectrum One(Func<DirectTransform, double> total, Func<(Coefficient First, Coefficient Second), Coefficient> of)
        {
            var (logScale, error) = (0.0, 0.0);
            for (var g = 0; g < transforms.Length; g++)
            {
                // The sum is within 3 u, its logarithm within 2 u of itself.
                var term = times[g] * Math.Log(total(transforms[g]));
                logScale += term;
                error += (8 + transforms.Length) * Unit * (times[g] + Math.Abs(term));
            }
            var frequencies = new List<Frequency>(indices.Length);
            var factors = new Coefficient[transforms.Length];
            for (var n = 0; n < indices.Length; n++)
            {
                for (var g = 0; g < factors.Length; g++)
                    factors[g] = of(coefficients[g][n]);
                frequencies.Add(Frequency.OfLogarithms(indices[n], factors, times));
            }
            return new Spectrum(frequencies, logScale, error, Negligible - logScale);
        }
    }

    private static Spectrum Fast(PackedTransform[] transforms, List<int> indices, long[] times, bool second)
    {
        var rounding = Frequency.PowerRounding(times);
        var frequencies = new List<Frequency>(indices.Count);
        var factors = new Complex[transforms.Length];
        foreach (var k in indices)
        {
            for (var g = 0; g < factors.Length; g++)
                factors[g] = second ? transforms[g].At(k).Second : transforms[g].At(k).First;
            frequencies.Add(Frequency.OfPowers(k, factors, transforms, times, rounding));
        }
        return new Spectrum(frequencies, 0, 0, Negligible);
    }
}

using LmoDp.Privacy.Accounting;

namespace LmoDp.Privacy.Search;

/// <summary>The n-fold convolution of atoms on a circle of grid points, by the fast Fourier transform; without error bounds.</summary>
internal static class CyclicPower
{
    /// <summary>Frequencies whose power is below e^-40 are left out: nothing above the rounding of the others.</summary>
    private const double LogNegligible = -40;

    /// <summary>Masses of the sum of n independent draws, at the grid points 0 to N - 1 and all that fall on them modulo N.</summary>
    /// <param name="atoms">Places in steps of the grid, and masses.</param>
    /// <param name="count">n.</param>
    /// <param name="logSize">log2 of N.</param>
    public static double[] Of(IEnumerable<(double Place, double Mass)> atoms, long count, int logSize)
    {
        var transform = FourierTransform.OfSize(logSize);
        var size = transform.Size;
        var (real, imaginary) = (new double[size], new double[size]);
        foreach (var (place, mass) in atoms)
            Spread(real, place, mass);
        transform.Forward(real, imaginary);
        var (powerReal, powerImaginary) = (new double[size], new double[size]);
        for (var k = 0; k < size; k++)
        {
            var at = transform.Place(k);
            var logModulus = count * 0.5 * Math.Log(real[at] * real[at] + imaginary[at] * imaginary[at]);
            if (logModulus < LogNegligible)
                continue;
            // The transform of the conjugate is the conjugate of the inverse.
            var modulus = Math.Exp(logModulus) / size;
            var (sine, cosine) = Math.SinCos(count * Math.Atan2(imaginary[at], real[at]));
            (powerReal[k], powerImaginary[k]) = (modulus * cosine, -modulus * sine);
        }
        transform.Forward(powerReal, powerImaginary);
        var composed = new double[size];
        for (var j = 0; j < size; j++)
            composed[j] = powerReal[transform.Place(j)];
        return composed;
    }

    /// <summary>
    /// A mass at a real place on the two grid points around it, its mean kept. (Four points would keep the variance too, but with negative parts, and a distribution of few atoms would not
    /// bear that.) A place a hair below a grid point is on it.
    /// </summary>
    private static void Spread(double[] circle, double place, double mass)
    {
        var floor = Math.Floor(place + 1e-6);
        var mask = circle.Length - 1;
        var upper = mass * Math.Max(place - floor, 0);
        circle[(int)((long)floor & mask)] += mass - upper;
        circle[(int)(((long)floor + 1) & mask)] += upper;
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// The logarithms of chosen Fourier coefficients of two distributions on the same knots, summed one by one: log(X_k / S) = log(1 + sum of w (z - 1) / S), S the sum of the weights, z = e^(-2 pi i j k / N).
/// Where a step's losses are small against the composition's, as they are in any long composition, z - 1 is small, and so is its error: a power of X_k keeps the digits that the
/// fast transform, whose error is relative to the norm of all weights, would lose.
/// </summary>
internal sealed class DirectTransform
{
    private const double Unit = 1.1102230246251565e-16;

    /// <summary>Steps k to k + 1 made by multiplication before z is looked up again.</summary>
    private const int RotationSteps = 16;

    /// <summary>Terms added up before they join the total, so that errors grow with their number over this.</summary>
    private const int BlockSize = 256;

    private readonly FourierTransform roots;
    private readonly long[] places;
    private readonly double[] first;
    private readonly double[] second;
    private readonly double[] real;
    private readonly double[] imaginary;
    private readonly double[] stepReal;
    private readonly double[] stepImaginary;

    /// <param name="roots">N and its roots of unity.</param>
    /// <param name="one">First distribution.</param>
    /// <param name="other">Second distribution.</param>
    public DirectTransform(FourierTransform roots, TiltedLoss one, TiltedLoss other)
    {
        this.roots = roots;
        var kept = Enumerable.Range(0, one.Weights.Length).Where(i => one.Weights[i] > 0 || other.Weights[i] > 0).ToArray();
        var length = (kept.Length + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;
        places = new long[length];
        (first, second, real, imaginary) = (new double[length], new double[length], new double[length], new double[length]);
        (stepReal, stepImaginary) = (new double[length], new double[length]);
        for (var i = 0; i < kept.Length; i++)
            (places[i], first[i], second[i]) = (one.Knots[kept[i]], one.Weights[kept[i]], other.Weights[kept[i]]);
        LookUp(1, stepReal, stepImaginary);
        (FirstTotal, SecondTotal) = (Total(first), Total(second));
    }

    /// <summary>Sum of the first distribution's weights, within 3 u.</summary>
    public double FirstTotal { get; }

    /// <summary>Sum of the second distribution's weights.</summary>
    public double SecondTotal { get; }

    /// <summary>log(X_k / S) of both distributions at each k, with bounds on the absolute errors.</summary>
    /// <param name="indices">Ascending, between 0 and N/2.</param>
    public (Coefficient First, Coefficient Second)[] At(ReadOnlySpan<int> indices)
    {
        var results = new (Coefficient, Coefficient)[indices.Length];
        var (previous, rotations) = (-2, 0);
        var (firstError, secondError) = (0.0, 0.0);
        for (var n = 0; n < indices.Length; n++)
        {
            var k = indices[n];
            if (k == previous + 1 && rotations < RotationSteps)
                Rotate();
            else
            {
                LookUp(k, real, imaginary);
                rotations = 0;
                (firstError, secondError) = (Error(first, k + RotationSteps), Error(second, k + RotationSteps));
            }
            (previous, rotations) = (k, rotations + 1);
            results[n] = (Coefficient.Of(Sum(first), FirstTotal, firstError), Coefficient.Of(Sum(second), SecondTotal, secondError));
        }
        return results;
    }

    /// <summary>Work for one frequency.</summary>
    public int Length => places.Length;

    private void LookUp(int k, double[] re, double[] im)
    {
        var mask = roots.Size - 1L;
        var all = roots.Roots;
        for (var i = 0; i < places.Length; i++)
        {
            var root = all[(int)(places[i] * k & mask)];
            var (cos, sin) = (root.Real, root.Imaginary);
            re[i] = cos > 0 ? -sin * sin / (1 + cos) : cos - 1;
            im[i] = -sin;
        }
    }

    /// <summary>z z_1 - 1 = (z - 1) + (z_1 - 1) + (z - 1)(z_1 - 1).</summary>
    private void Rotate()
    {
        var r = Vectors(real);
        var i = Vectors(imaginary);
        var sr = Vectors(stepReal);
        var si = Vectors(stepImaginary);
        for (var v = 0; v < r.Length; v++)
        {
            var (re, im) = (r[v], i[v]);
            r[v] = re + sr[v] + (re * sr[v] - im * si[v]);
            i[v] = im + si[v] + (re * si[v] + im * sr[v]);
        }
    }

    private static Span<Vector<double>> Vectors(double[] values) => MemoryMarshal.Cast<double, Vector<double>>(values.AsSpan());

    private Complex Sum(double[] weights)
    {
        var w = Vectors(weights);
        var r = Vectors(real);
        var i = Vectors(imaginary);
        var (totalReal, totalImaginary) = (0.0, 0.0);
        var block = BlockSize / Vector<double>.Count;
        for (var start = 0; start < w.Length; start += block)
        {
            var (re, im) = (Vector<double>.Zero, Vector<double>.Zero);
            for (var v = start; v < Math.Min(start + block, w.Length); v++)
            {
                re += w[v] * r[v];
                im += w[v] * i[v];
            }
            totalReal += Vector.Sum(re);
            totalImaginary += Vector.Sum(im);
        }
        return new Complex(totalReal, totalImaginary);
    }

    /// <summary>
    /// Bound on the error of the sum of w (z - 1), for all frequencies up to k. Relative to w |z - 1|: 10 u of z - 1 as looked up, 2 u for each rotation, 1 of the product with w, and those of the sum in lanes and blocks.
    /// A rotation adds 10 u of z_1 - 1 as well, and 3.3 u |z - 1| |z_1 - 1|, z_1 being z at k = 1.
    /// </summary>
    private double Error(double[] weights, long k)
    {
        var (sum, rotated) = (0.0, 0.0);
        var turn = 2 * Math.PI / roots.Size;
        for (var i = 0; i < weights.Length; i++)
        {
            var angle = turn * Math.Abs((double)places[i]);
            sum += weights[i] * Math.Min(2, k * angle);
            rotated += weights[i] * Math.Min(2, angle);
        }
        return Unit * 1.001 * (sum * (10 + 2 * RotationSteps + 1 + BlockSize / Vector<double>.Count + (double)Length / BlockSize + 8) + rotated * RotationSteps * (10 + 2 * 3.3));
    }

    /// <summary>The sum of the weights, within 3 u.</summary>
    private static double Total(double[] weights)
    {
        var sum = new CompensatedSum();
        foreach (var weight in weights)
            sum.Add(weight);
        return sum.Value;
    }
}

/// <summary>log(X / S) of a Fourier coefficient and a bound on its absolute error; +infinity where the coefficient is lost in it.</summary>
internal readonly record struct Coefficient(double LogSize, double Angle, double Error)
{
    private const double Unit = 1.1102230246251565e-16;

    /// <summary>From the sum of w (z - 1), its error, and the sum of w.</summary>
    public static Coefficient Of(Complex excess, double total, double error)
    {
        var (re, im) = (excess.Real / total, excess.Imaginary / total);
        // |1 + d|^2 - 1 loses digits where it is near -1.
        var logSize = re > -0.25 ? Elementary.Log1p(2 * re + (re * re + im * im)) / 2 : Math.Log((1 + re) * (1 + re) + im * im) / 2;
        var angle = Math.Atan2(im, 1 + re);
        var size = Math.Exp(logSize);
        // The error of 1 + d relative to its size, and the roundings of d (4 u), of 1 + d and of the squares (8 u, where 1 + d is not small), all of the order of d.
        var relative = (error / total + 16 * Unit * (Math.Abs(re) + Math.Abs(im))) / size;
        return new Coefficient(logSize, angle, relative < 0.01 ? 1.02 * relative + 8 * Unit * (Math.Abs(logSize) + Math.Abs(angle)) : double.PositiveInfinity);
    }
}

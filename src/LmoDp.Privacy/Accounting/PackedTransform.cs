using System.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>Two real sequences transformed as real and imaginary part of one, with a bound on the error of each.</summary>
internal sealed class PackedTransform
{
    /// <summary>More than what is lost where squares of weights or of coefficients, below 1e-308, leave the range of a double: sqrt(2^-1074 N) of each.</summary>
    private const double Underflow = 1e-150;

    private readonly FourierTransform transform;
    private readonly double[] real;
    private readonly double[] imaginary;

    /// <param name="transform">Size and roots of unity.</param>
    /// <param name="first">Folded onto the circle as the real part.</param>
    /// <param name="second">Folded onto the circle as the imaginary part.</param>
    /// <param name="beyond">Only weights at grid indices above it.</param>
    public PackedTransform(FourierTransform transform, TiltedLoss first, TiltedLoss second, long beyond = long.MinValue)
    {
        this.transform = transform;
        real = new double[transform.Size];
        imaginary = new double[transform.Size];
        first.FoldInto(real, beyond);
        second.FoldInto(imaginary, beyond);
        var squaredNorm = 0.0;
        for (var i = 0; i < real.Length; i++)
            squaredNorm += real[i] * real[i] + imaginary[i] * imaginary[i];
        transform.Forward(real, imaginary);
        Deviation = (1.01 * transform.RelativeError + 1e-15) * Math.Sqrt(squaredNorm * transform.Size) + Underflow;
    }

    /// <summary>Bound on the 2-norm of the errors of all N coefficients, of either sequence.</summary>
    public double Deviation { get; }

    /// <summary>N.</summary>
    public int Size => transform.Size;

    /// <summary>Squared size of coefficient k &lt;= N/2 of the first or second sequence.</summary>
    public double SquaredSize(int k, bool second)
    {
        var (one, other) = At(k);
        var value = second ? other : one;
        return value.Real * value.Real + value.Imaginary * value.Imaginary;
    }

    /// <summary>Coefficient k &lt;= N/2 of both: X1 = (Z_k + conj Z_{N-k}) / 2, X2 = (Z_k - conj Z_{N-k}) / (2 i).</summary>
    public (Complex First, Complex Second) At(int k)
    {
        var here = transform.Place(k);
        var mirror = transform.Place((transform.Size - k) & (transform.Size - 1));
        return (new Complex((real[here] + real[mirror]) / 2, (imaginary[here] - imaginary[mirror]) / 2),
            new Complex((imaginary[here] + imaginary[mirror]) / 2, (real[mirror] - real[here]) / 2));
    }
}

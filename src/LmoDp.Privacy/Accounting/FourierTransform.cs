using System.Numerics;
using System.Runtime.InteropServices;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// Radix-2 Fourier transform in place, kept as plain as its error bound: N. J. Higham, Accuracy and Stability of Numerical Algorithms (2nd ed.), Theorem 24.2, gives
/// ||computed - exact||_2 &lt;= t eta / (1 - t eta) ||exact||_2 with t = log2 N, eta = mu + gamma_4 (sqrt 2 + mu) and mu the error of the twiddle factors.
/// (The theorem bounds each of the t sparse factors, so it holds for decimation in frequency, used here, as for decimation in time.)
/// </summary>
internal sealed class FourierTransform
{
    private static readonly FourierTransform?[] Cache = new FourierTransform?[31];
    private readonly Complex[] roots;

    private FourierTransform(int logSize)
    {
        LogSize = logSize;
        Size = 1 << logSize;
        roots = new Complex[Size];
        var eighth = Math.Max(Size / 8, 1);
        for (var k = 0; k < Size; k++)
        {
            var (sine, cosine) = Size < 8 ? Math.SinCos(2 * Math.PI * k / Size) : FromFirstOctant(k, eighth);
            roots[k] = Size < 8 ? new Complex(Math.Round(cosine), Math.Round(sine)) : new Complex(cosine, sine);
        }
    }

    /// <summary>log2 of the number of points.</summary>
    public int LogSize { get; }

    /// <summary>Number of points N.</summary>
    public int Size { get; }

    /// <summary>e^(2 pi i k / N), 0 &lt;= k &lt; N, within 4 u.</summary>
    public ReadOnlySpan<Complex> Roots => roots;

    /// <summary>Bound on ||error||_2 / ||exact transform||_2.</summary>
    public double RelativeError
    {
        get
        {
            const double unit = 1.1102230246251565e-16;
            var eta = (4 + 4.001 * (Math.Sqrt(2) + 1e-15)) * unit;
            return LogSize * eta / (1 - LogSize * eta);
        }
    }

    /// <summary>The transform of 2^logSize points, its twiddle factors computed once.</summary>
    public static FourierTransform OfSize(int logSize) => Cache[logSize] ??= new FourierTransform(logSize);

    /// <summary>The place of X_k = sum_j x_j exp(-2 pi i j k / N) after <see cref="Forward"/>, which leaves its output in bit-reversed order.</summary>
    public int Place(int k) => LogSize == 0 ? 0 : (int)(Reverse((uint)k) >> (32 - LogSize));

    /// <summary>Transforms in place; X_k is at <see cref="Place"/>(k).</summary>
    /// <param name="real">Real parts, N of them.</param>
    /// <param name="imaginary">Imaginary parts.</param>
    public void Forward(Span<double> real, Span<double> imaginary)
    {
        Span<double> cos = new double[Size / 2];
        Span<double> sin = new double[Size / 2];
        for (var half = Size / 2; half >= 1; half /= 2)
        {
            var stride = Size / 2 / half;
            for (var k = 0; k < half; k++)
            {
                cos[k] = roots[k * stride].Real;
                sin[k] = -roots[k * stride].Imaginary;
            }
            for (var block = 0; block < Size; block += 2 * half)
                Butterflies(real.Slice(block, half), imaginary.Slice(block, half), real.Slice(block + half, half), imaginary.Slice(block + half, half), cos, sin);
        }
    }

    /// <summary>(a, b) becomes (a + b, (a - b) w) for each place.</summary>
    private static void Butterflies(Span<double> aRe, Span<double> aIm, Span<double> bRe, Span<double> bIm, ReadOnlySpan<double> cos, ReadOnlySpan<double> sin)
    {
        var k = 0;
        var width = Vector<double>.Count;
        if (aRe.Length >= width)
        {
            var count = aRe.Length / width;
            var ar = MemoryMarshal.Cast<double, Vector<double>>(aRe);
            var ai = MemoryMarshal.Cast<double, Vector<double>>(aIm);
            var br = MemoryMarshal.Cast<double, Vector<double>>(bRe);
            var bi = MemoryMarshal.Cast<double, Vector<double>>(bIm);
            var wr = MemoryMarshal.Cast<double, Vector<double>>(cos);
            var wi = MemoryMarshal.Cast<double, Vector<double>>(sin);
            for (var v = 0; v < count; v++)
            {
                var (xr, xi, yr, yi) = (ar[v], ai[v], br[v], bi[v]);
                ar[v] = xr + yr;
                ai[v] = xi + yi;
                var (dr, di) = (xr - yr, xi - yi);
                br[v] = dr * wr[v] - di * wi[v];
                bi[v] = dr * wi[v] + di * wr[v];
            }
            k = count * width;
        }
        for (; k < aRe.Length; k++)
        {
            var (dr, di) = (aRe[k] - bRe[k], aIm[k] - bIm[k]);
            aRe[k] += bRe[k];
            aIm[k] += bIm[k];
            bRe[k] = dr * cos[k] - di * sin[k];
            bIm[k] = dr * sin[k] + di * cos[k];
        }
    }

    private (double Sine, double Cosine) FromFirstOctant(int k, int eighth)
    {
        var octant = k / eighth;
        var within = k % eighth;
        var (sine, cosine) = Math.SinCos(2 * Math.PI * ((octant & 1) == 0 ? within : eighth - within) / Size);
        return octant switch
        {
            0 => (sine, cosine),
            1 => (cosine, sine),
            2 => (cosine, -sine),
            3 => (sine, -cosine),
            4 => (-sine, -cosine),
            5 => (-cosine, -sine),
            6 => (-cosine, sine),
            _ => (-sine, cosine),
        };
    }

    private static uint Reverse(uint value)
    {
        value = ((value >> 1) & 0x55555555u) | ((value & 0x55555555u) << 1);
        value = ((value >> 2) & 0x33333333u) | ((value & 0x33333333u) << 2);
        value = ((value >> 4) & 0x0F0F0F0Fu) | ((value & 0x0F0F0F0Fu) << 4);
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);
    }
}

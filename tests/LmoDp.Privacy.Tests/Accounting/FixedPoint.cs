using System.Numerics;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>Complex numbers in units of 2^-1536: sums of doubles above 1e-400 are exact, products are off by one unit.</summary>
internal readonly record struct FixedPoint(BigInteger Real, BigInteger Imaginary)
{
    private const int Bits = 1536;

    public static FixedPoint One { get; } = new(BigInteger.One << Bits, 0);

    public static FixedPoint Of(Complex x) => new(Of(x.Real), Of(x.Imaginary));

    public static FixedPoint operator +(FixedPoint x, FixedPoint y) => new(x.Real + y.Real, x.Imaginary + y.Imaginary);

    public static FixedPoint operator -(FixedPoint x, FixedPoint y) => new(x.Real - y.Real, x.Imaginary - y.Imaginary);

    public static FixedPoint operator *(FixedPoint x, FixedPoint y) =>
        new((x.Real * y.Real - x.Imaginary * y.Imaginary) >> Bits, (x.Real * y.Imaginary + x.Imaginary * y.Real) >> Bits);

    public FixedPoint Power(long n)
    {
        var (result, power) = (One, this);
        for (; n > 0; n >>= 1)
        {
            if ((n & 1) == 1)
                result *= power;
            power *= power;
        }
        return result;
    }

    /// <summary>log of the size; -infinity for 0.</summary>
    public double LogSize() => BigInteger.Log(Real * Real + Imaginary * Imaginary) / 2 - Bits * Math.Log(2);

    private static BigInteger Of(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        return ((BigInteger)(x < 0 ? -mantissa : mantissa) << (Bits + 1)) >> (1076 - Math.Max(exponent, 1));
    }
}

using System.Runtime.InteropServices;

namespace LmoDp.Privacy.Sampling;

/// <summary>
/// Poisson sampling: each index is drawn independently with probability q, the very double and no neighbour of it. A 64-bit word is compared with the first
/// 64 binary digits of q; only where they are equal, once in 2^64 draws, do further words decide on the digits below.
/// </summary>
public sealed class PoissonSubsampler
{
    private const double TwoTo64 = 18446744073709551616.0;
    private const int WordsPerChunk = 512;
    private readonly ulong threshold;
    private readonly double below;

    /// <param name="samplingRate">q, 0 &lt;= q &lt;= 1.</param>
    /// <exception cref="BadInputException">q is not in [0, 1].</exception>
    public PoissonSubsampler(double samplingRate)
    {
        if (!(samplingRate is >= 0 and <= 1))
            throw new BadInputException(FormattableString.Invariant($"the sampling rate must lie between 0 and 1, not {samplingRate:R}"));
        SamplingRate = samplingRate;
        if (samplingRate < 1)
            (threshold, below) = Digits(samplingRate);
    }

    /// <summary>q.</summary>
    public double SamplingRate { get; }

    /// <summary>The indices drawn from 0 .. n-1, ascending; possibly none.</summary>
    public IReadOnlyList<int> Draw(RandomSource random, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        if (SamplingRate == 1)
            return [.. Enumerable.Range(0, n)];
        var drawn = new List<int>((int)Math.Min(n, SamplingRate * n + 6 * Math.Sqrt(SamplingRate * n) + 1));
        Span<ulong> words = stackalloc ulong[WordsPerChunk];
        for (var start = 0; start < n && SamplingRate > 0; start += WordsPerChunk)
        {
            var chunk = words[..Math.Min(WordsPerChunk, n - start)];
            random.Fill(MemoryMarshal.AsBytes(chunk));
            for (var i = 0; i < chunk.Length; i++)
            {
                if (chunk[i] < threshold || chunk[i] == threshold && Refined(random))
                    drawn.Add(start + i);
            }
        }
        return drawn;
    }

    /// <summary>True with probability <see cref="below"/>: the comparison goes on with the digits of q that the first word left undecided.</summary>
    private bool Refined(RandomSource random)
    {
        for (var rest = below; rest > 0;)
        {
            (var digits, rest) = Digits(rest);
            var word = random.NextUInt64();
            if (word != digits)
                return word < digits;
        }
        return false;
    }

    /// <summary>The first 64 binary digits of a fraction, and the fraction that follows them. Both are exact.</summary>
    private static (ulong Digits, double Remainder) Digits(double fraction)
    {
        var scaled = fraction * TwoTo64;
        var whole = Math.Floor(scaled);
        return ((ulong)whole, scaled - whole);
    }
}

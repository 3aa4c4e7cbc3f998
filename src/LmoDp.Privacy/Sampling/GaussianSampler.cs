using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LmoDp.Privacy.Sampling;

/// <summary>
/// Standard Gaussian draws by Box and Muller's transform (Ann. Math. Stat. 29, 1958) from 64-bit words, four pairs at a time.
/// The radius comes from u = (w + 1/2) 2^-64, and where w &lt; 2^53 a second word takes over below it, so that u keeps 53 significant bits down to 2^-128: the draws
/// reach 13.3 standard deviations, and what is cut off has probability below 2^-127. (A 53-bit uniform stops at 8.57, an error that delta would have to pay for.)
/// The angle has 53 bits. What remains is rounding: each draw is within a few units in the last place of a Gaussian real number.
/// </summary>
public static class GaussianSampler
{
    /// <summary>Bound on the probability of the tails that no draw reaches (beyond 13.3 standard deviations): 2^-127.</summary>
    public const double CutOffProbability = 1.0 / (1UL << 63) / (1UL << 63) / 2;

    private const int PairsPerChunk = 256;
    private const ulong NeedsSecondWord = 1UL << 53;
    private const double TwoToMinus53 = 1.0 / (1L << 53);
    private const double TwoToMinus64 = TwoToMinus53 / (1L << 11);

    /// <summary>Independent N(0, 1) draws, one a place. An odd last place discards the second draw of its pair.</summary>
    public static void Fill(RandomSource random, Span<double> destination)
    {
        Span<ulong> words = stackalloc ulong[2 * PairsPerChunk];
        Span<double> draws = stackalloc double[2 * PairsPerChunk];
        while (destination.Length > 0)
        {
            var count = Math.Min(destination.Length, draws.Length);
            var pairs = (count + 1) / 2;
            var radiusWords = words[..pairs];
            var angleWords = words.Slice(pairs, pairs);
            random.Fill(MemoryMarshal.AsBytes(words[..(2 * pairs)]));
            Transform(random, radiusWords, angleWords, draws[..pairs], draws.Slice(pairs, pairs));
            draws[..count].CopyTo(destination);
            destination = destination[count..];
        }
    }

    /// <summary>One N(0, 1) draw; <see cref="Fill"/> is faster for many.</summary>
    public static double Next(RandomSource random)
    {
        var radius = Math.Sqrt(-2 * Math.Log(RadiusUniform(random, random.NextUInt64())));
        return radius * Math.Cos((random.NextUInt64() >>> 11) * (Math.Tau * TwoToMinus53));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // else the first ten million draws of a run take thirty times as long as later ones, instead of ten
    private static void Transform(RandomSource random, ReadOnlySpan<ulong> radiusWords, ReadOnlySpan<ulong> angleWords, Span<double> cosines, Span<double> sines)
    {
        for (var i = 0; i < radiusWords.Length; i++)
            cosines[i] = RadiusUniform(random, radiusWords[i]);
        var vectorised = radiusWords.Length - radiusWords.Length % Vector256<double>.Count;
        for (var i = 0; i < vectorised; i += Vector256<double>.Count)
        {
            var radius = Vector256.Sqrt(-2 * Vector256.Log(Vector256.Create<double>(cosines[i..])));
            var turns = Vector256.ConvertToDouble((Vector256.Create(angleWords[i..]) >>> 11).AsInt64());
            var (sine, cosine) = Vector256.SinCos(turns * (Math.Tau * TwoToMinus53));
            (radius * cosine).CopyTo(cosines[i..]);
            (radius * sine).CopyTo(sines[i..]);
        }
        for (var i = vectorised; i < radiusWords.Length; i++)
        {
            var radius = Math.Sqrt(-2 * Math.Log(cosines[i]));
            var (sine, cosine) = Math.SinCos((angleWords[i] >>> 11) * (Math.Tau * TwoToMinus53));
            cosines[i] = radius * cosine;
            sines[i] = radius * sine;
        }
    }

    /// <summary>u in (0, 1]: (w + 1/2) 2^-64, refined by a second word where w has too few bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double RadiusUniform(RandomSource random, ulong word)
    {
        if (word >= NeedsSecondWord)
            return (double)word * TwoToMinus64;
        return ((double)word + ((double)random.NextUInt64() + 0.5) * TwoToMinus64) * TwoToMinus64;
    }
}

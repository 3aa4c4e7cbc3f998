using System.Numerics;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Sampling;

/// <summary>
/// Uniform and exponential draws whose small values keep a full significand: an ordinary 53-bit uniform stops at 1.1e-16, which cuts a Gaussian at 8.57
/// standard deviations and a Laplace law at 36.7 scales.
/// </summary>
public static class Uniforms
{
    /// <summary>
    /// A draw u, 0 &lt; u &lt; 1: the exact real uniform, rounded down to 53 significant bits, whatever its size. (The binade is the number of leading
    /// zeros of the bit stream, so P(u &lt; 2^-j) = 2^-j for every j up to 1022, where the stream is cut; no one will see that draw.)
    /// </summary>
    public static double NextUniform(this RandomSource random)
    {
        var exponent = 0;
        var word = random.NextUInt64();
        for (; word == 0 && exponent < 960; exponent += 64)
            word = random.NextUInt64();
        if (word == 0)
            word = 1;
        var zeros = BitOperations.LeadingZeroCount(word);
        // The 52 bits below the leading one, from this word where it has as many, else from a fresh one.
        var mantissa = zeros <= 11 ? word << (zeros + 1) : random.NextUInt64();
        var significand = BitConverter.UInt64BitsToDouble(0x3FF0000000000000UL | (mantissa >> 12));
        return Math.ScaleB(significand, -(exponent + zeros + 1));
    }

    /// <summary>An Exponential draw of mean 1, fine-grained at both ends: the median splits it, and each half comes from its own small uniform.</summary>
    public static double NextExponential(this RandomSource random)
    {
        var half = random.NextUniform() / 2;
        return random.NextSign() < 0 ? -Math.Log(half) : -Elementary.Log1p(-half);
    }

    /// <summary>-1 or 1, each with probability 1/2.</summary>
    public static double NextSign(this RandomSource random) => (random.NextUInt64() & 1) == 0 ? 1 : -1;
}

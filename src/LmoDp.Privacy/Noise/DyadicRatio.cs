using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Noise;

/// <summary>A probability p / 2^j strictly between 0 and 1, which <see cref="Trial"/> meets exactly.</summary>
/// <param name="Numerator">p, 1 to 2^j - 1.</param>
/// <param name="Bits">j, 1 to 52, so that the ratio is also a double.</param>
public readonly record struct DyadicRatio(ulong Numerator, int Bits)
{
    /// <summary>The largest j.</summary>
    public const int MostBits = 52;

    /// <summary>p / 2^j, exactly.</summary>
    public double Value => Math.ScaleB(Numerator, -Bits);

    /// <summary>2^j - p.</summary>
    public ulong Complement => (1UL << Bits) - Numerator;

    /// <summary>True with probability p / 2^j: j bits of one word against p.</summary>
    public bool Trial(RandomSource random) => random.NextUInt64() >>> (64 - Bits) < Numerator;

    internal DyadicRatio Checked()
    {
        if (Bits is < 1 or > MostBits)
            throw new BadInputException(FormattableString.Invariant($"lattice: the tail ratio p/2^j needs j from 1 to {MostBits}, not {Bits}"));
        if (Numerator < 1 || Numerator >= 1UL << Bits)
            throw new BadInputException(FormattableString.Invariant($"lattice: the tail ratio p/2^j must lie between 0 and 1, both excluded, not {Numerator}/2^{Bits}"));
        return this;
    }
}

namespace LmoDp.Privacy.Sampling;

/// <summary>Exactly uniform integers.</summary>
public static class Integers
{
    /// <summary>A uniform integer 0 &lt;= u &lt; bound, by rejection: as many bits as the bound has, until they are below it (twice on average at most).</summary>
    /// <param name="random">Source of uniform words.</param>
    /// <param name="bound">At least 1.</param>
    public static UInt128 NextBelow(this RandomSource random, UInt128 bound)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        var bits = 128 - (int)UInt128.LeadingZeroCount(bound - 1);
        while (true)
        {
            var u = bits switch
            {
                0 => UInt128.Zero,
                <= 64 => random.NextUInt64() >>> (64 - bits),
                _ => new UInt128(random.NextUInt64() >>> (128 - bits), random.NextUInt64()),
            };
            if (u < bound)
                return u;
        }
    }
}

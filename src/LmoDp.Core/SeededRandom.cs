namespace LmoDp;

/// <summary>Independent reproducible random streams of one seed. Not for anything that guards privacy.</summary>
public static class SeededRandom
{
    /// <summary>The stream of a number under a seed.</summary>
    public static Random Stream(long seed, long number) => new(Mix(seed, number));

    /// <summary>SplitMix64's finaliser (Steele et al. 2014), so that neighbouring numbers share nothing.</summary>
    private static int Mix(long seed, long number)
    {
        var z = unchecked((ulong)seed * 0x9e3779b97f4a7c15 + (ulong)number);
        z = unchecked((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9);
        z = unchecked((z ^ (z >> 27)) * 0x94d049bb133111eb);
        return (int)(z >> 33);
    }
}

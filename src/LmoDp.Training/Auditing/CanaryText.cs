using LmoDp.Privacy.Sampling;

namespace LmoDp.Training.Auditing;

/// <summary>Texts that nobody would write: words of random letters, which a model can only know from its training rows.</summary>
internal static class CanaryText
{
    private const int Words = 6, FewestLetters = 3, MostLetters = 7;

    /// <summary>The next text.</summary>
    public static string Next(RandomSource random) => string.Join(' ', Enumerable.Range(0, Words).Select(_ => Word(random)));

    /// <summary>A number below a limit; a modulus will do.</summary>
    public static int Below(RandomSource random, int limit) => (int)(random.NextUInt64() % (ulong)limit);

    /// <summary>The unit of a canary row: no unit in a file has such a name.</summary>
    public static string Unit(int canary) => FormattableString.Invariant($"\u0001 canary {canary}");

    private static string Word(RandomSource random)
        => string.Concat(Enumerable.Range(0, FewestLetters + Below(random, MostLetters - FewestLetters + 1)).Select(_ => (char)('a' + Below(random, 26))));
}

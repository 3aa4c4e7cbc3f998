using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Auditing;

/// <summary>How many canaries an adversary calls included (those of the highest scores) and left out (those of the lowest); of the others it says nothing.</summary>
/// <param name="Included">k+.</param>
/// <param name="LeftOut">k-.</param>
public sealed record CanaryGuesses(int Included, int LeftOut)
{
    private const int Rehearsals = 8;

    /// <summary>One in so many canaries is guessed at least: fewer guesses are a matter of luck, and tell little of the guarantee at smaller epsilons.</summary>
    private const int OneIn = 10;

    /// <summary>All guesses, k+ + k-.</summary>
    public int Count => Included + LeftOut;

    /// <summary>m fair coins.</summary>
    public static bool[] Flip(RandomSource random, int canaries)
    {
        ArgumentNullException.ThrowIfNull(random);
        return [.. Enumerable.Range(0, canaries).Select(_ => random.NextSign() > 0)];
    }

    /// <summary>
    /// The numbers that promise the highest bound, found before the run and without it: in rehearsals each canary is an example that shifts the claimed releases by the whole sensitivity, and the adversary
    /// knows everything else.
    /// </summary>
    /// <param name="claimed">What the run is said to publish.</param>
    /// <param name="canaries">m, at least 1.</param>
    /// <param name="delta">The bound's delta.</param>
    /// <param name="confidence">The bound's confidence.</param>
    /// <param name="random">Of the rehearsals.</param>
    /// <param name="cancellation">Ends them.</param>
    public static CanaryGuesses For(Composition claimed, int canaries, double delta, double confidence, RandomSource random, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(canaries, 1);
        var ideal = new SampledReleases(claimed);
        int[] sizes = [.. Sizes(canaries)];
        double[] included = new double[sizes.Length], leftOut = new double[sizes.Length];
        for (var rehearsal = 0; rehearsal < Rehearsals; rehearsal++)
        {
            var coins = Flip(random, canaries);
            var ranked = Ranked([.. coins.Select(Score)], coins);
            for (var k = 0; k < sizes.Length; k++)
            {
                included[k] += (double)ranked.Take(sizes[k]).Count(coin => coin) / Rehearsals;
                leftOut[k] += (double)ranked.TakeLast(sizes[k]).Count(coin => !coin) / Rehearsals;
            }
        }
        var choices =
            from high in Enumerable.Range(0, sizes.Length)
            from low in Enumerable.Range(0, sizes.Length)
            let guesses = new CanaryGuesses(sizes[high], sizes[low])
            where guesses.Count >= Math.Max(1, canaries / OneIn) && guesses.Count <= canaries
            select (guesses, bound: OneRunAudit.EpsilonLower(canaries, guesses.Count, Cautious(included[high] + leftOut[low], guesses.Count), delta, confidence));
        return choices.MaxBy(choice => choice.bound).guesses;

        double Score(bool coin)
        {
            cancellation.ThrowIfCancellationRequested();
            return ideal.Score(random, coin);
        }
    }

    /// <summary>How many guesses were right.</summary>
    /// <param name="scores">One a canary; the higher, the likelier that it was included.</param>
    /// <param name="coins">Which ones were.</param>
    public int Correct(IReadOnlyList<double> scores, IReadOnlyList<bool> coins)
    {
        var ranked = Ranked(scores, coins);
        return ranked.Take(Included).Count(coin => coin) + ranked.TakeLast(LeftOut).Count(coin => !coin);
    }

    /// <summary>The coins by falling score. The order of equal scores does not depend on the coins.</summary>
    private static bool[] Ranked(IReadOnlyList<double> scores, IReadOnlyList<bool> coins)
        => [.. Enumerable.Range(0, scores.Count).OrderByDescending(canary => scores[canary]).Select(canary => coins[canary])];

    /// <summary>A standard deviation fewer than in the mean: the run may have less luck than the rehearsals.</summary>
    private static int Cautious(double right, int guesses) => (int)Math.Max(0, right - Math.Sqrt(right * Math.Max(0, guesses - right) / guesses));

    /// <summary>0, and some sizes up to all.</summary>
    private static IEnumerable<int> Sizes(int canaries)
    {
        yield return 0;
        for (var size = (double)canaries; size >= 4; size /= 1.5)
            yield return (int)size;
    }
}

namespace LmoDp.Privacy.Auditing;

/// <summary>
/// A test of a whole guarantee from one run, in which each of m canaries was included by a fair coin of its own and an adversary guessed r of the coins (the question of Mahloujifar, Melis and Chaudhuri 2024,
/// "Auditing f-differential privacy in one run"): it sees what a single (epsilon, delta) does not, such as noise of half the size.
/// </summary>
/// <remarks>
/// Let p_i be the probability that exactly i guesses are right, j a canary drawn at random, and T any number. Fix all coins but j's. "The guess for j is b, and T - 1 or more of the others are right" is an
/// event on the output; with coin b it is the event that j's guess is right, with the other coin that it is wrong. Take the mean over b and the other coins: since the curve is concave (Jensen),
/// <code>sum over i &gt;= T of p_i i / m  &lt;=  1 - f(sum over i &gt;= T - 1 of p_i (r - i) / m),</code>
/// where 1 - f(Q) is the largest P that the guarantee allows beside Q. So many right guesses have company: fewer right ones must be about as probable. If at least c are right with probability t, then
/// the least mass that the inequalities for T = c, c - 1, ..., 1 demand below c may exceed what is left, 1 - t, and then t was impossible. (Mass is cheapest at c and, below, as far down as an inequality allows: moving
/// it down from i + 1 to i adds to the right-hand sides of all later ones and takes from their left-hand sides.)
/// </remarks>
public static class OneRunProfileAudit
{
    /// <summary>Whether so many right guesses could have at least a given probability under the guarantee.</summary>
    /// <param name="profile">The guarantee.</param>
    /// <param name="canaries">m, each included with probability 1/2, independently.</param>
    /// <param name="guesses">r, at most m, fixed beforehand.</param>
    /// <param name="correct">c, at most r.</param>
    /// <param name="probability">t, in (0, 1).</param>
    public static bool Allows(PrivacyProfile profile, int canaries, int guesses, int correct, double probability)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentOutOfRangeException.ThrowIfLessThan(canaries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(guesses, canaries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, guesses);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        if (!(probability is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "a probability lies between 0 and 1");
        double mass = probability, right = mass * correct / canaries, wrong = mass * (guesses - correct) / canaries;
        for (var i = correct - 1; i >= 0 && mass <= 1; i--)
        {
            var least = profile.Least(right);
            if (least <= wrong)
                continue;
            var added = canaries * (least - wrong) / (guesses - i);
            mass += added;
            right += added * i / canaries;
            wrong = least;
        }
        return mass <= 1;
    }
}

namespace LmoDp.Privacy.Auditing;

/// <summary>
/// A bound on epsilon from one run (Steinke, Nasr and Jagielski 2023, "Privacy Auditing with One (1) Training Run", arXiv 2305.08846): each of m canaries was included or not by a fair coin of its own, and an
/// adversary guesses for some of them which it was. Under (epsilon, delta)-differential privacy for one canary, many right guesses are improbable.
/// </summary>
public static class OneRunAudit
{
    /// <summary>The largest epsilon, up to <see cref="Most"/>, below which the guesses would be less probable than 1 - confidence.</summary>
    /// <param name="canaries">m, each included with probability 1/2, independently.</param>
    /// <param name="guesses">r, the canaries that a guess was made for; how many must be fixed beforehand.</param>
    /// <param name="correct">v, how many of the guesses were right.</param>
    /// <param name="delta">The guarantee's delta.</param>
    /// <param name="confidence">The bound is right with at least this probability.</param>
    public static double EpsilonLower(int canaries, int guesses, int correct, double delta, double confidence)
    {
        var (low, high) = (0.0, Most);
        if (!(PValue(canaries, guesses, correct, 0, delta) < 1 - confidence))
            return 0;
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = PValue(canaries, guesses, correct, middle, delta) < 1 - confidence ? (middle, high) : (low, middle);
        }
        return low;
    }

    /// <summary>Where the search for the bound ends: no number of canaries that anybody trains with goes beyond it.</summary>
    public const double Most = 40;

    /// <summary>
    /// A bound on the probability of so many right guesses under (epsilon, delta) (theorem 5.2): with W binomial of r trials at e^epsilon / (1 + e^epsilon),
    /// P(W &gt;= v) + 2 m delta max over i of P(v - i &lt;= W &lt; v) / i.
    /// </summary>
    /// <param name="canaries">m.</param>
    /// <param name="guesses">r, at most m.</param>
    /// <param name="correct">v, at most r.</param>
    /// <param name="epsilon">At least 0.</param>
    /// <param name="delta">In [0, 1].</param>
    public static double PValue(int canaries, int guesses, int correct, double epsilon, double delta)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(canaries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(guesses, canaries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, guesses);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        if (guesses == 0)
            return 1;
        var p = 1 / (1 + Math.Exp(-epsilon));
        var (atLeast, below, steepest) = (BinomialConfidence.AtLeast(correct, guesses, p), 0.0, 0.0);
        for (var i = 1; i <= correct; i++)
        {
            below += BinomialConfidence.Mass(correct - i, guesses, p);
            steepest = Math.Max(steepest, below / i);
        }
        return Math.Min(1, atLeast + 2 * canaries * delta * steepest);
    }
}

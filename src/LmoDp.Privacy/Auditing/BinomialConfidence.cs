using MathNet.Numerics;

namespace LmoDp.Privacy.Auditing;

/// <summary>
/// One-sided confidence limits for the probability of an event that happened in k of n independent trials (Clopper and Pearson, Biometrika 26, 1934): whatever the
/// probability is, each limit is on the wrong side of it with probability at most the error rate.
/// </summary>
public static class BinomialConfidence
{
    private const double Outwards = 1e-5; // relative: more than the logarithms of factorials below are off by, up to a billion trials

    /// <summary>The smallest probability at which k or more successes are no rarer than the error rate.</summary>
    /// <param name="successes">k, 0 to n.</param>
    /// <param name="trials">n, at least 1.</param>
    /// <param name="error">The error rate, between 0 and 1.</param>
    public static double Lower(long successes, long trials, double error)
    {
        Check(successes, trials, error);
        return successes == 0 ? 0 : Crossing(p => AtLeast(successes, trials, p) < error).Low * (1 - Outwards);
    }

    /// <summary>The largest probability at which k or fewer successes are no rarer than the error rate.</summary>
    /// <param name="successes">k, 0 to n.</param>
    /// <param name="trials">n, at least 1.</param>
    /// <param name="error">The error rate, between 0 and 1.</param>
    public static double Upper(long successes, long trials, double error)
    {
        Check(successes, trials, error);
        return successes == trials ? 1 : Math.Min(Crossing(p => AtLeast(trials - successes, trials, 1 - p) >= error).High * (1 + Outwards), 1);
    }

    /// <summary>P(X &gt;= k) for a binomial X, to a relative 1e-5 or better up to a billion trials; terms are added away from the larger of k and the mode.</summary>
    internal static double AtLeast(long successes, long trials, double p)
    {
        if (successes <= 0)
            return 1;
        if (p <= 0)
            return 0;
        if (p >= 1)
            return 1;
        if (successes <= trials * p) // the smaller sum is the other one
            return 1 - AtLeast(trials - successes + 1, trials, 1 - p);
        var term = Mass(successes, trials, p);
        var (sum, odds) = (0.0, p / (1 - p));
        for (var k = successes; k <= trials && term > 1e-18 * sum; k++)
        {
            sum += term;
            term *= odds * (trials - k) / (k + 1);
        }
        return sum;
    }

    /// <summary>P(X = k), 0 &lt; p &lt; 1.</summary>
    internal static double Mass(long successes, long trials, double p)
        => Math.Exp(SpecialFunctions.GammaLn(trials + 1.0) - SpecialFunctions.GammaLn(successes + 1.0) - SpecialFunctions.GammaLn(trials - successes + 1.0)
            + successes * Math.Log(p) + (trials - successes) * Math.Log(1 - p));

    /// <summary>Neighbouring probabilities between which a condition that holds for small ones stops to hold.</summary>
    private static (double Low, double High) Crossing(Func<double, bool> holds)
    {
        var (low, high) = (0.0, 1.0);
        for (var i = 0; i < 200 && high - low > 1e-14 * low; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = holds(middle) ? (middle, high) : (low, middle);
        }
        return (low, high);
    }

    private static void Check(long successes, long trials, double error)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        if (!(error is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(error), error, "an error rate lies between 0 and 1");
    }
}

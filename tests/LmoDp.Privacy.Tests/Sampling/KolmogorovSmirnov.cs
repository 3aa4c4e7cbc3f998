using Xunit;

namespace LmoDp.Privacy.Tests.Sampling;

/// <summary>The Kolmogorov-Smirnov test of draws against a distribution function.</summary>
internal static class KolmogorovSmirnov
{
    /// <summary>sqrt(n) D is above this once in 1e8 right samplers: 2 exp(-2 x^2) = 1e-8. The tests have fixed seeds, so a right one that passes keeps passing.</summary>
    public const double Threshold = 3.0911;

    /// <summary>sqrt(n) times the largest distance between the empirical and the given distribution function. Sorts the draws.</summary>
    public static double Statistic(double[] draws, Func<double, double> cdf)
    {
        Array.Sort(draws);
        var distance = 0.0;
        for (var i = 0; i < draws.Length; i++)
        {
            var p = cdf(draws[i]);
            distance = Math.Max(distance, Math.Max(p - (double)i / draws.Length, (i + 1.0) / draws.Length - p));
        }
        return Math.Sqrt(draws.Length) * distance;
    }

    public static void Accept(double[] draws, Func<double, double> cdf, string what)
    {
        var statistic = Statistic(draws, cdf);
        Assert.True(statistic < Threshold, FormattableString.Invariant($"{what}: sqrt(n) D = {statistic:F3} on {draws.Length} draws"));
    }
}

using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// E_Q[(1 - q + q e^l)^a] = sum over k of C(a, k) (1-q)^(a-k) q^k E_Q[e^(kl)] at integer orders, with the moments of the unsampled pair bounded by its curve. Between integers
/// (a-1) D_a, convex in a and 0 at a = 1, lies below the chord.
/// </summary>
/// <param name="samplingRate">q.</param>
/// <param name="unsampled">Bound on the unsampled D_k, integers k &gt;= 2.</param>
/// <param name="laterTerms">Factor of the moments beyond the second: 1 where the pair is mapped onto its swap by a reflection, 3 where nothing is known (Zhu and Wang).</param>
/// <param name="formula">What it is, for the record.</param>
internal sealed class BinomialCurve(double samplingRate, Func<int, double> unsampled, int laterTerms, string formula) : RenyiCurve
{
    private readonly Dictionary<int, double> known = [];
    private readonly Dictionary<int, double> logMoments = [];

    /// <inheritdoc/>
    public override string Formula => formula;

    /// <inheritdoc/>
    public override double Divergence(double order)
    {
        if (samplingRate == 0)
            return 0;
        var below = (int)Math.Floor(order);
        var fraction = order - below;
        if (fraction == 0)
            return AtInteger(below);
        var scaledBelow = below == 1 ? 0 : (below - 1) * AtInteger(below);
        return ((1 - fraction) * scaledBelow + fraction * below * AtInteger(below + 1)) / (order - 1);
    }

    private double AtInteger(int order)
    {
        if (!known.TryGetValue(order, out var divergence))
            known[order] = divergence = samplingRate == 1 ? unsampled(order) : RenyiExcess.Divergence(LogExcess(order), order);
        return divergence;
    }

    /// <summary>The binomial weights add up to 1 and the moments at k = 0, 1 are 1, so the moment less 1 is a sum of positive terms over k &gt;= 2.</summary>
    private double LogExcess(int order)
    {
        var (logRate, logRest) = (Math.Log(samplingRate), Elementary.Log1p(-samplingRate));
        var logBinomial = Math.Log(order);
        var sum = new LogTotal();
        for (var k = 2; k <= order; k++)
        {
            logBinomial += Math.Log((order - k + 1.0) / k);
            sum.Add(logBinomial + k * logRate + (order - k) * logRest + LogMomentLess1(k));
        }
        return sum.Log;
    }

    /// <summary>log(factor e^((k-1) D_k) - 1).</summary>
    private double LogMomentLess1(int k)
    {
        if (logMoments.TryGetValue(k, out var log))
            return log;
        var factor = k == 2 ? 1 : laterTerms;
        var logMoment = (k - 1) * unsampled(k);
        return logMoments[k] = logMoment < 600 ? Math.Log(factor * Elementary.Expm1(logMoment) + (factor - 1)) : logMoment + Math.Log(factor);
    }
}

/// <summary>The Gaussian: the binomial sum in closed form at integer orders (Mironov, Talwar, Zhang 2019, Section 3.3), quadrature between them.</summary>
internal sealed class GaussianCurve(double std, double samplingRate) : RenyiCurve
{
    private readonly BinomialCurve atIntegers = new(samplingRate, order => order / (2 * std * std), laterTerms: 1, "");
    private readonly MixtureCurve between = new(new GaussianLaw(std), samplingRate);

    /// <inheritdoc/>
    public override string Formula => "exact divergence of the subsampled Gaussian (closed sum at integer orders, quadrature between)";

    /// <inheritdoc/>
    public override double Divergence(double order) => samplingRate == 1
        ? order / (2 * std * std)
        : order == Math.Floor(order) ? atIntegers.Divergence(order) : between.Divergence(order);
}

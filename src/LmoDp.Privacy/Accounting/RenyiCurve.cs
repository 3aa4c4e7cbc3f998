using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// An upper bound on the Rényi divergence of one Poisson-subsampled step, both directions. Every pair here is mapped onto its swap by a reflection (z to v - z for noise
/// symmetric in every coordinate and shift v), so removal is the larger direction: Mironov, Talwar, Zhang 2019, Theorem 5, orders of at least 1.
/// </summary>
internal abstract class RenyiCurve
{
    /// <summary>What <see cref="Divergence"/> computes, for the record.</summary>
    public abstract string Formula { get; }

    /// <summary>The bound on D_a, order a &gt; 1.</summary>
    public abstract double Divergence(double order);

    /// <summary>The tightest curve known for a group's step.</summary>
    public static RenyiCurve Of(ReleaseGroup group) => group.Release switch
    {
        { Noise: GaussianLaw gaussian } => new MixtureCurve(new GaussianLaw(gaussian.StandardDeviation / Math.Sqrt(group.PerDraw)), group.SamplingRate),
        ScalarRelease scalar when group.PerDraw == 1 => new MixtureCurve(scalar.Noise, group.SamplingRate),
        ScalarRelease scalar => ScalarCurve(scalar.Noise, group),
        VectorRelease vector => VectorCurve(vector.Noise, group),
        _ => throw new ArgumentOutOfRangeException(nameof(group)),
    };

    private static BinomialCurve ScalarCurve(NoiseLaw law, ReleaseGroup group)
    {
        var release = new OneRelease(law);
        return new BinomialCurve(group.SamplingRate, order => group.PerDraw * release.Renyi(order), "exact divergence of the draw, binomial sum at integer orders");
    }

    private static BinomialCurve VectorCurve(NoiseLaw law, ReleaseGroup group)
    {
        var noise = new CoordinateNoise(law);
        return new BinomialCurve(group.SamplingRate, order => group.PerDraw * noise.Renyi(order),
            FormattableString.Invariant($"coordinate noise bounded by the curve of a Gaussian of multiplier {noise.EquivalentMultiplier:G6}, binomial sum at integer orders"));
    }
}

/// <summary>
/// The divergence of the mixture itself, by quadrature: with L = log(1 - q + q e^l), E_Q[e^(aL)] - 1 is the integral of Q (e^(aL) - 1 - a (e^L - 1)), whose
/// integrand has one sign, at every real order.
/// </summary>
internal sealed class MixtureCurve(NoiseLaw law, double samplingRate) : RenyiCurve
{
    private readonly OneRelease release = new(law);

    /// <inheritdoc/>
    public override string Formula => "exact divergence of the subsampled pair";

    /// <inheritdoc/>
    public override double Divergence(double order)
    {
        if (samplingRate == 1)
            return release.Renyi(order);
        var logExcess = double.NegativeInfinity;
        foreach (var (low, high) in Panels(order))
            logExcess = Elementary.LogSum(logExcess, LogQuadrature.Integrate(z => LogIntegrand(z, order), low, high, Width));
        logExcess = Elementary.LogSum(logExcess, LogQuadrature.Integrate(z => LogIntegrand(-z, order), 0, double.PositiveInfinity, Width));
        return BinomialCurve.FromExcess(logExcess, order);
    }

    private double Width => Math.Min(law.Quantile(0.84), 1);

    private double LogIntegrand(double z, double order) =>
        law.LogDensity(z) + RenyiExcess.Log(order, SubsampledLoss.Subsampled(law.PrivacyLoss(z, 1), samplingRate));

    /// <summary>
    /// Intervals that cover z &gt; 0, narrow where the integrand may have several peaks: on [0, 1] throughout; beyond, where the loss is not bounded by its value at 1,
    /// as far as the subsampled loss has become the unsampled one less log(1/q), from where on there is one more peak at most.
    /// </summary>
    private IEnumerable<(double Low, double High)> Panels(double order)
    {
        const int inner = 32;
        for (var i = 0; i < inner; i++)
            yield return ((double)i / inner, (i + 1.0) / inner);
        var low = 1.0;
        if (law.MaximumPrivacyLoss(1) > law.PrivacyLoss(1, 1) * (1 + 1e-12))
        {
            var (best, width) = (double.NegativeInfinity, law.Quantile(0.84));
            while (true)
            {
                yield return (low, low + width);
                var (previous, value) = (LogIntegrand(low, order), LogIntegrand(low + width, order));
                best = Math.Max(best, Math.Max(previous, value));
                low += width;
                if (value < previous && value < best - 60 && law.PrivacyLoss(low, 1) > Math.Log(10 / samplingRate))
                    break;
            }
        }
        yield return (low, double.PositiveInfinity);
    }
}

/// <summary>
/// E_Q[(1 - q + q e^l)^a] = sum over k of C(a, k) (1-q)^(a-k) q^k E_Q[e^(kl)] at integer orders, with the moments of the unsampled pair bounded by its curve. Between integers
/// (a-1) D_a, convex in a and 0 at a = 1, lies below the chord.
/// </summary>
internal sealed class BinomialCurve(double samplingRate, Func<int, double> unsampled, string formula) : RenyiCurve
{
    private readonly Dictionary<int, double> known = [];

    /// <inheritdoc/>
    public override string Formula => formula;

    /// <inheritdoc/>
    public override double Divergence(double order)
    {
        var below = (int)Math.Floor(order);
        var fraction = order - below;
        var scaledBelow = below == 1 ? 0 : (below - 1) * AtInteger(below);
        return fraction == 0 ? AtInteger(below) : ((1 - fraction) * scaledBelow + fraction * below * AtInteger(below + 1)) / (order - 1);
    }

    /// <summary>log(1 + e^logExcess) / (order - 1).</summary>
    public static double FromExcess(double logExcess, double order) =>
        (logExcess < 600 ? Elementary.Log1p(Math.Exp(logExcess)) : logExcess) / (order - 1);

    private double AtInteger(int order)
    {
        if (!known.TryGetValue(order, out var divergence))
            known[order] = divergence = samplingRate == 1 ? unsampled(order) : FromExcess(LogExcess(order), order);
        return divergence;
    }

    /// <summary>The binomial weights add up to 1 and the moments at k = 0, 1 are 1, so the moment less 1 is a sum of positive terms over k &gt;= 2.</summary>
    private double LogExcess(int order)
    {
        var (logRate, logRest) = (Math.Log(samplingRate), Elementary.Log1p(-samplingRate));
        var logBinomial = Math.Log(order);
        var terms = new double[order - 1];
        for (var k = 2; k <= order; k++)
        {
            logBinomial += Math.Log((order - k + 1.0) / k);
            var logMoment = (k - 1) * UnsampledAt(k);
            var logMomentLess1 = logMoment < 600 ? Math.Log(Elementary.Expm1(logMoment)) : logMoment;
            terms[k - 2] = logBinomial + k * logRate + (order - k) * logRest + logMomentLess1;
        }
        var top = terms.Max();
        return double.IsInfinity(top) ? top : top + Math.Log(terms.Sum(term => Math.Exp(term - top)));
    }

    private readonly Dictionary<int, double> moments = [];

    private double UnsampledAt(int order)
    {
        if (!moments.TryGetValue(order, out var divergence))
            moments[order] = divergence = unsampled(order);
        return divergence;
    }
}

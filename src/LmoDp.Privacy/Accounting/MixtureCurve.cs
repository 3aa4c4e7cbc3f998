using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// The divergence of the subsampled pair itself, by quadrature: with L = log(1 - q + q e^l), E_Q[e^(aL)] - 1 is the integral of Q (e^(aL) - 1 - a (e^L - 1)), whose
/// integrand has one sign, at every real order.
/// </summary>
internal sealed class MixtureCurve(ContinuousLaw law, double samplingRate) : RenyiCurve
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
        return RenyiExcess.Divergence(logExcess, order);
    }

    private double Width => Math.Min(law.Quantile(0.84), 1);

    private double LogIntegrand(double z, double order)
    {
        // Where the density is nothing the loss may be no number.
        var logDensity = law.LogDensity(z);
        return double.IsNegativeInfinity(logDensity) ? logDensity : logDensity + RenyiExcess.Log(order, SubsampledLoss.Subsampled(law.PrecisePrivacyLoss(z, 1), samplingRate));
    }

    /// <summary>
    /// Intervals that cover z &gt; 0, narrow where the integrand may have several peaks: on [0, 1] throughout; beyond, where the loss still grows (log-concave laws),
    /// as far as the subsampled loss has become the unsampled one less log(1/q), from where on there is one more peak at most. Stretches whose bound, density at their beginning times e^(aL) at their
    /// end, is below e^-80 of what was seen are left out, doubling in length.
    /// </summary>
    private IEnumerable<(double Low, double High)> Panels(double order)
    {
        const int inner = 32;
        for (var i = 0; i < inner; i++)
            yield return ((double)i / inner, (i + 1.0) / inner);
        var low = 1.0;
        if (law.Shape == LogShape.LogConcave && law.MaximumPrivacyLoss(1) > law.PrivacyLoss(1, 1) * (1 + 1e-12))
        {
            var (best, width) = (LogIntegrand(low, order) + Math.Log(Width), law.Quantile(0.84));
            var stretch = width;
            while (law.PrivacyLoss(low, 1) <= Math.Log(10 / samplingRate) && low < 1e300)
            {
                if (LogBound(low, low + stretch, order) < best - 80)
                {
                    low += stretch;
                    stretch *= 2;
                    continue;
                }
                stretch = Math.Max(stretch / 2, width);
                if (stretch > width)
                    continue;
                yield return (low, low + width);
                low += width;
                best = Math.Max(best, LogIntegrand(low, order) + Math.Log(Width));
            }
        }
        yield return (low, double.PositiveInfinity);
    }

    private double LogBound(double low, double high, double order) =>
        law.LogDensity(low) + order * SubsampledLoss.Subsampled(law.PrivacyLoss(high, 1), samplingRate) + Math.Log(high - low);
}

/// <summary>The same for a lattice law, as a finite sum.</summary>
internal sealed class LatticeMixtureCurve(LatticeLaw law, double samplingRate) : RenyiCurve
{
    private readonly LatticeIntegrals losses = new(law, law.StepsPerSensitivity);

    /// <inheritdoc/>
    public override string Formula => "exact divergence of the subsampled pair, a finite sum";

    /// <inheritdoc/>
    public override double Divergence(double order) =>
        RenyiExcess.Divergence(losses.LogMean(loss => RenyiExcess.Log(order, SubsampledLoss.Subsampled(loss, samplingRate))), order);
}

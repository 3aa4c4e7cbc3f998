using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// An upper bound on the Rényi divergence of one step, both directions (adding and removing an example), at every order above 1. Theorems and proofs: docs/accounting-renyi.md.
/// </summary>
/// <remarks>
/// Every pair of a release here is mapped onto its swap by a reflection (z to v - z for noise symmetric in every coordinate and shift v), so removal is the larger direction:
/// Mironov, Talwar, Zhang 2019, Theorem 5.
/// </remarks>
public abstract class RenyiCurve
{
    /// <summary>What <see cref="Divergence"/> computes, for the record.</summary>
    public abstract string Formula { get; }

    /// <summary>The bound on D_a, order a &gt; 1.</summary>
    public abstract double Divergence(double order);

    /// <summary>The tightest curve known for a group's step.</summary>
    public static RenyiCurve Of(ReleaseGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return (group.Release, group.Release.Noise) switch
        {
            // K Gaussian numbers are a Gaussian vector whose sensitivity is sqrt(K) times one number's.
            (_, GaussianLaw gaussian) => new GaussianCurve(gaussian.StandardDeviation / Math.Sqrt(group.PerDraw), group.SamplingRate),
            (ScalarRelease, ContinuousLaw law) when group.PerDraw == 1 => new MixtureCurve(law, group.SamplingRate),
            (ScalarRelease, LatticeLaw law) when group.PerDraw == 1 => new LatticeMixtureCurve(law, group.SamplingRate),
            (ScalarRelease, var law) => SeveralScalars(new OneRelease(law), group),
            (VectorRelease, var law) => Vector(new CoordinateNoise(law), group),
            _ => throw new ArgumentOutOfRangeException(nameof(group)),
        };
    }

    /// <summary>One Poisson-subsampled step that publishes K numbers, clipped together in L2 norm, with spherical noise.</summary>
    /// <param name="law">The noise relative to L2 sensitivity 1.</param>
    /// <param name="samplingRate">q, in [0, 1].</param>
    /// <exception cref="BadInputException">The sampling rate is not a probability.</exception>
    public static RenyiCurve OfSpherical(SphericalLaw law, double samplingRate)
    {
        ArgumentNullException.ThrowIfNull(law);
        return new BinomialCurve(Rate(samplingRate), order => law.Renyi(order), laterTerms: 1, "exact divergence of spherical noise (radius and angle), binomial sum at integer orders");
    }

    /// <summary>
    /// One Poisson-subsampled step of a mechanism of which nothing is known but its curve: Zhu and Wang, "Poisson subsampled Rényi differential privacy" (ICML 2019), general upper bound. Looser by a factor of
    /// up to 3 in every term beyond the second than what <see cref="Of"/> gives for its releases.
    /// </summary>
    /// <param name="samplingRate">q, in [0, 1].</param>
    /// <param name="divergence">An upper bound on D_k between outputs on neighbouring data, in both directions, at integer orders k &gt;= 2.</param>
    /// <exception cref="BadInputException">The sampling rate is not a probability.</exception>
    public static RenyiCurve OfSubsampled(double samplingRate, Func<int, double> divergence) =>
        new BinomialCurve(Rate(samplingRate), divergence, laterTerms: 3, "general Poisson subsampling bound of a known curve at integer orders (Zhu and Wang 2019)");

    private static double Rate(double samplingRate) => samplingRate is >= 0 and <= 1
        ? samplingRate
        : throw new BadInputException(FormattableString.Invariant($"sampling rate must be a probability between 0 and 1, not {samplingRate:R}"));

    private static BinomialCurve SeveralScalars(OneRelease release, ReleaseGroup group) =>
        new(group.SamplingRate, order => group.PerDraw * release.Renyi(order), laterTerms: 1, "exact divergence of the draw, binomial sum at integer orders");

    private static BinomialCurve Vector(CoordinateNoise noise, ReleaseGroup group) => new(group.SamplingRate, order => group.PerDraw * noise.Renyi(order), laterTerms: 1,
        FormattableString.Invariant($"coordinate noise, certified supremum over splits of the shift (at best that of a Gaussian of multiplier {noise.LimitingMultiplier:G6}), binomial sum at integer orders"));
}

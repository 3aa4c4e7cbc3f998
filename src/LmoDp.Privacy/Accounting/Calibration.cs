using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>Noise that meets a target, and the proof that it does.</summary>
/// <param name="Release">The release with calibrated noise.</param>
/// <param name="Epsilon">Bounds on the epsilon at the target delta; the upper one is at most the target. Lower is 0 where the accountant gives none.</param>
/// <param name="Accountant">The accountant that certified it.</param>
public sealed record CalibratedNoise(Release Release, Bounds Epsilon, AccountantKind Accountant)
{
    /// <summary>The calibrated law, relative to sensitivity 1.</summary>
    public NoiseLaw Noise => Release.Noise;
}

/// <summary>The smallest noise of a given shape whose certified epsilon meets a target.</summary>
public static class Calibration
{
    /// <summary>Relative width of the scale's final bracket.</summary>
    public const double RelativeScale = 1e-6;

    /// <summary>
    /// Relative width of the epsilon bracket that certificates are given with: the upper bound's own looseness must not show in the scale. Who checks a certificate asks for the same width.
    /// </summary>
    public const double CertificateWidth = 4e-6;

    private const double LargestLogScale = 250;

    /// <summary>Calibrates the scale of one release's noise.</summary>
    /// <param name="shape">The kind of release, with a law of the wanted shape at any scale.</param>
    /// <param name="epsilon">Target, positive and finite.</param>
    /// <param name="delta">Target, 0 &lt; delta &lt; 1 (0 too, for a law whose loss is bounded).</param>
    /// <param name="samplingRate">Poisson sampling rate q.</param>
    /// <param name="steps">Steps T, at least 1.</param>
    /// <param name="perDraw">Releases from one draw.</param>
    /// <param name="accountant">null: the tightest that applies.</param>
    /// <param name="relativeScale">How close to the smallest scale: a wider bracket is found sooner, and certified all the same.</param>
    /// <returns>A law scaled so that the upper bound is at most the target; a scale smaller by more than the relative one asked for was not certified.</returns>
    /// <exception cref="BadInputException">The target is out of range, nothing is to be calibrated (q = 0 or no steps), or no scale meets it.</exception>
    public static CalibratedNoise Calibrate(
        Release shape, double epsilon, double delta, double samplingRate, long steps, int perDraw = 1, AccountantKind? accountant = null,
        double relativeScale = RelativeScale)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (!(epsilon > 0) || double.IsPositiveInfinity(epsilon))
            throw new BadInputException(FormattableString.Invariant($"the target epsilon must be a positive finite number, not {epsilon:R}"));
        if (!(delta >= 0 && delta < 1))
            throw new BadInputException(FormattableString.Invariant($"the target delta must be at least 0 and below 1, not {delta:R}"));
        if (new ReleaseGroup(shape, samplingRate, steps, perDraw).IsFree)
            throw new BadInputException("nothing to calibrate: with sampling rate 0 or no steps any noise meets the target");
        if (-Elementary.Expm1(steps * Elementary.Log1p(-samplingRate)) <= delta)
            throw new BadInputException("nothing to calibrate: an example is drawn at all with no more probability than delta, so noise of every scale meets the target");
        var kind = accountant ?? Accountants.ForRelease(shape);
        Release Scaled(double logScale) => shape.With(shape.Noise.Scale(Math.Exp(logScale)));
        Bounds At(double logScale, double width, int refinements)
        {
            var composition = new Composition(new ReleaseGroup(Scaled(logScale), samplingRate, steps, perDraw));
            return kind == AccountantKind.Pld
                ? PldAccountant.Epsilon(composition, delta, width, refinements)
                : Accountants.Epsilon(kind, composition, delta);
        }

        // A rough pass brackets the root with cheap grids; the final one works on the certified value itself.
        var rough = Solve(logScale => Excess(At(logScale, 1e-3, 1).Upper, epsilon), 0, 1e-3);
        var certified = new Dictionary<double, Bounds>();
        var (_, logLargeEnough) = Solve(logScale => Excess((certified[logScale] = At(logScale, CertificateWidth / RelativeScale * relativeScale, 2)).Upper, epsilon), rough.Above, relativeScale / 2);
        return new CalibratedNoise(Scaled(logLargeEnough), certified[logLargeEnough], kind);
    }

    /// <summary>Positive where the epsilon is above the target; logarithmic, so that secant steps work over many orders of magnitude.</summary>
    private static double Excess(double upper, double target) => double.IsPositiveInfinity(upper) ? 50 : Math.Log(Math.Max(upper, 1e-12 * target) / target);

    /// <summary>Neighbours around the root of a function that decreases in the log scale: at Above the target is met, at Below it is not.</summary>
    private static (double Below, double Above) Solve(Func<double, double> excess, double start, double tolerance)
    {
        var (low, high) = (start, start);
        var atHigh = excess(start);
        var atLow = atHigh;
        // epsilon falls about like 1/scale or faster, so the excess itself is a stride that rarely needs repeating.
        for (var stride = tolerance; atHigh > 0; stride *= 2)
        {
            (low, atLow) = (high, atHigh);
            high += Math.Min(1.05 * atHigh, 4) + stride;
            if (high > LargestLogScale)
                throw new BadInputException("no scale of this noise meets the target: is delta 0, and the privacy loss unbounded?");
            atHigh = excess(high);
        }
        for (var stride = tolerance; atLow <= 0; stride *= 2)
        {
            (high, atHigh) = (low, atLow);
            low -= Math.Min(-0.5 * atLow, 4) + stride;
            if (low < -LargestLogScale)
                throw new BadInputException("noise of every scale meets the target: nothing to calibrate");
            atLow = excess(low);
        }
        return Root.Narrow(excess, (low, atLow), (high, atHigh), _ => tolerance);
    }
}

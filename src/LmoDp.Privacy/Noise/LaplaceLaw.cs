using LmoDp.Privacy.Numerics;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Noise;

/// <summary>The Laplace law with density exp(-|z|/scale) / (2 scale).</summary>
public sealed class LaplaceLaw : ContinuousLaw
{
    /// <param name="scale">E|Z|, positive and finite.</param>
    /// <exception cref="BadInputException">The scale is not a positive finite number.</exception>
    public LaplaceLaw(double scale)
    {
        MeanAbsolute = Parameter.Positive(scale, "laplace", "scale");
    }

    /// <inheritdoc/>
    public override double MeanAbsolute { get; }

    /// <inheritdoc/>
    public override LogShape Shape => LogShape.LogConcave;

    /// <inheritdoc/>
    public override double StandardDeviation => Math.Sqrt(2) * MeanAbsolute;

    /// <inheritdoc/>
    public override double FisherInformation => 1 / (MeanAbsolute * MeanAbsolute);

    /// <inheritdoc/>
    public override double LipschitzConstant => 1 / MeanAbsolute;

    /// <inheritdoc/>
    public override double Slope(double z) => LipschitzConstant;

    /// <inheritdoc/>
    public override double Entropy => 1 + Math.Log(2 * MeanAbsolute);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"laplace:scale={MeanAbsolute:R}");

    /// <inheritdoc/>
    public override double LogDensity(double z) => -Math.Abs(z) / MeanAbsolute - Math.Log(2 * MeanAbsolute);

    /// <inheritdoc/>
    public override double Survival(double x) => x >= 0 ? 0.5 * Math.Exp(-x / MeanAbsolute) : 1 - 0.5 * Math.Exp(x / MeanAbsolute);

    /// <inheritdoc/>
    public override double LogSurvival(double x) =>
        x >= 0 ? Math.Log(0.5) - x / MeanAbsolute : Elementary.Log1p(-0.5 * Math.Exp(x / MeanAbsolute));

    /// <inheritdoc/>
    public override double Usefulness(double g) => -Elementary.Expm1(-g / MeanAbsolute);

    /// <inheritdoc/>
    public override double Quantile(double p)
    {
        Parameter.Probability(p);
        // 2p - 1 is exact near p = 1/2, where log(2p) would lose digits.
        return p > 0.5 ? -MeanAbsolute * Elementary.Log1p(1 - 2 * p) : p > 0.25 ? MeanAbsolute * Elementary.Log1p(2 * p - 1) : MeanAbsolute * Math.Log(2 * p);
    }

    /// <inheritdoc/>
    public override double PrivacyLoss(double z, double shift) =>
        z <= 0 ? -shift / MeanAbsolute : z >= shift ? shift / MeanAbsolute : (2 * z - shift) / MeanAbsolute;

    /// <inheritdoc/>
    public override double MaximumPrivacyLoss(double shift) => shift / MeanAbsolute;

    /// <inheritdoc/>
    public override LossInterval LossExceeding(double threshold, double shift) =>
        threshold >= MaximumPrivacyLoss(shift) ? LossInterval.Empty : new((shift + threshold * MeanAbsolute) / 2, double.PositiveInfinity);

    /// <inheritdoc/>
    public override NoiseLaw Scale(double factor) => new LaplaceLaw(MeanAbsolute * factor);

    /// <inheritdoc/>
    public override double Sample(RandomSource random) => random.NextSign() * MeanAbsolute * random.NextExponential();
}

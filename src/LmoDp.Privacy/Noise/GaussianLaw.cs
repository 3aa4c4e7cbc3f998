using LmoDp.Privacy.Numerics;
using LmoDp.Privacy.Sampling;
using MathNet.Numerics;

namespace LmoDp.Privacy.Noise;

/// <summary>The Gaussian law N(0, std^2).</summary>
public sealed class GaussianLaw : ContinuousLaw
{
    private static readonly double LogSqrtTwoPi = 0.5 * Math.Log(2 * Math.PI);
    private readonly double logNormaliser;

    /// <param name="std">Standard deviation, positive and finite: the noise multiplier, where the sensitivity is 1.</param>
    /// <exception cref="BadInputException">The standard deviation is not a positive finite number.</exception>
    public GaussianLaw(double std)
    {
        StandardDeviation = Parameter.Positive(std, "gaussian", "std");
        logNormaliser = -LogSqrtTwoPi - Math.Log(std);
    }

    /// <inheritdoc/>
    public override double StandardDeviation { get; }

    /// <inheritdoc/>
    public override LogShape Shape => LogShape.LogConcave;

    /// <inheritdoc/>
    public override double MeanAbsolute => StandardDeviation * Math.Sqrt(2 / Math.PI);

    /// <inheritdoc/>
    public override double FisherInformation => 1 / (StandardDeviation * StandardDeviation);

    /// <inheritdoc/>
    public override double Slope(double z) => z / (StandardDeviation * StandardDeviation);

    /// <inheritdoc/>
    public override double Entropy => 0.5 - logNormaliser;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"gaussian:std={StandardDeviation:R}");

    /// <inheritdoc/>
    public override double LogDensity(double z)
    {
        var standardised = z / StandardDeviation;
        return logNormaliser - standardised * standardised / 2;
    }

    /// <inheritdoc/>
    public override double Survival(double x) => ErrorFunction.NormalSurvival(x / StandardDeviation);

    /// <inheritdoc/>
    public override double LogSurvival(double x) => ErrorFunction.LogNormalSurvival(x / StandardDeviation);

    /// <inheritdoc/>
    public override double Usefulness(double g) => ErrorFunction.Erf(g / StandardDeviation * Constants.Sqrt1Over2);

    /// <inheritdoc/>
    public override double Quantile(double p)
    {
        Parameter.Probability(p);
        return p > 0.5 ? UpperPoint(1 - p) : -UpperPoint(p);
    }

    /// <summary>The x &gt;= 0 with P(Z &gt; x) = tail &lt;= 1/2; Newton steps in log P, whose derivative is minus the inverse Mills ratio.</summary>
    private double UpperPoint(double tail)
    {
        if (tail > 0.1)
            return StandardDeviation * Constants.Sqrt2 * SpecialFunctions.ErfInv(1 - 2 * tail);
        var logTail = Math.Log(2 * tail);
        var u = Math.Sqrt(Math.Max(-logTail - 0.5 * Math.Log(Math.PI * Math.Max(-logTail, 1)), 0.5));
        for (var i = 0; i < 8; i++)
        {
            var scaled = ErrorFunction.ScaledErfc(u);
            var step = (Math.Log(scaled) - u * u - logTail) * scaled * Math.Sqrt(Math.PI) / 2;
            u += step;
            if (Math.Abs(step) <= 1e-15 * u)
                break;
        }
        return StandardDeviation * Constants.Sqrt2 * u;
    }

    /// <inheritdoc/>
    public override double PrivacyLoss(double z, double shift) => shift / StandardDeviation * ((z - shift / 2) / StandardDeviation);

    /// <inheritdoc/>
    public override double MaximumPrivacyLoss(double shift) => double.PositiveInfinity;

    /// <inheritdoc/>
    public override LossInterval LossExceeding(double threshold, double shift) =>
        new(shift / 2 + threshold * StandardDeviation / shift * StandardDeviation, double.PositiveInfinity);

    /// <inheritdoc/>
    public override NoiseLaw Scale(double factor) => new GaussianLaw(StandardDeviation * factor);

    /// <inheritdoc/>
    public override double Sample(RandomSource random) => StandardDeviation * GaussianSampler.Next(random);

    /// <inheritdoc/>
    public override void Sample(RandomSource random, Span<double> destination)
    {
        GaussianSampler.Fill(random, destination);
        foreach (ref var value in destination)
            value *= StandardDeviation;
    }
}

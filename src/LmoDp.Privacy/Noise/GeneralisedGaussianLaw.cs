using LmoDp.Privacy.Numerics;
using LmoDp.Privacy.Sampling;
using MathNet.Numerics;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// The generalised Gaussian law, density proportional to exp(-(|z|/alpha)^p) with 1 &lt;= p &lt;= 2: Laplace at p = 1, Gaussian at p = 2, log-concave throughout.
/// (|Z|/alpha)^p is Gamma(1/p, 1), which gives every figure and the sampler.
/// </summary>
public sealed class GeneralisedGaussianLaw : ContinuousLaw
{
    private readonly double alpha;
    private readonly double logGamma;
    private readonly double logNormaliser;

    /// <param name="std">Standard deviation, positive and finite.</param>
    /// <param name="power">p, from 1 (Laplace) to 2 (Gaussian).</param>
    /// <exception cref="BadInputException">A parameter is out of range.</exception>
    public GeneralisedGaussianLaw(double std, double power)
    {
        StandardDeviation = Parameter.Positive(std, "generalised-gaussian", "std");
        if (!(power is >= 1 and <= 2))
            throw new BadInputException(FormattableString.Invariant($"generalised-gaussian: power must lie between 1 and 2, not {power:R}"));
        Power = power;
        logGamma = SpecialFunctions.GammaLn(1 / power);
        alpha = std * Math.Exp((logGamma - SpecialFunctions.GammaLn(3 / power)) / 2);
        logNormaliser = Math.Log(power / (2 * alpha)) - logGamma;
    }

    /// <summary>p.</summary>
    public double Power { get; }

    /// <inheritdoc/>
    public override double StandardDeviation { get; }

    /// <summary>The incomplete gamma function's: a series or a continued fraction times an exponential.</summary>
    public override double SurvivalError => 5e-14;

    /// <inheritdoc/>
    public override LogShape Shape => LogShape.LogConcave;

    /// <inheritdoc/>
    public override double MeanAbsolute => alpha * Math.Exp(SpecialFunctions.GammaLn(2 / Power) - logGamma);

    /// <inheritdoc/>
    public override double FisherInformation => Power * Power / (alpha * alpha) * Math.Exp(SpecialFunctions.GammaLn(2 - 1 / Power) - logGamma);

    /// <inheritdoc/>
    public override double LipschitzConstant => Power == 1 ? 1 / alpha : double.PositiveInfinity;

    /// <inheritdoc/>
    public override double Slope(double z) => Power / alpha * Math.Pow(z / alpha, Power - 1);

    /// <inheritdoc/>
    public override double Entropy => 1 / Power - logNormaliser;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"generalised-gaussian:std={StandardDeviation:R},power={Power:R}");

    /// <summary>(|z|/alpha)^p, the exponent of the density.</summary>
    private double Exponent(double z) => Math.Pow(Math.Abs(z) / alpha, Power);

    /// <inheritdoc/>
    public override double LogDensity(double z) => logNormaliser - Exponent(z);

    /// <inheritdoc/>
    public override double Survival(double x)
    {
        var tail = 0.5 * Math.Exp(UpperGamma.Log(1 / Power, Exponent(x)));
        return x >= 0 ? tail : 1 - tail;
    }

    /// <inheritdoc/>
    public override double LogSurvival(double x)
    {
        var log = UpperGamma.Log(1 / Power, Exponent(x));
        return x >= 0 ? log - Math.Log(2) : Elementary.Log1p(-0.5 * Math.Exp(log));
    }

    /// <inheritdoc/>
    public override double Usefulness(double g) => -Elementary.Expm1(UpperGamma.Log(1 / Power, Exponent(g)));

    /// <inheritdoc/>
    public override double Quantile(double p)
    {
        Parameter.Probability(p);
        return p > 0.5 ? UpperPoint(1 - p) : -UpperPoint(p);
    }

    /// <summary>The x &gt;= 0 with P(|Z| &gt; x) = 2 tail: Newton steps in log P, which is concave, kept within a bracket.</summary>
    private double UpperPoint(double tail)
    {
        var target = tail > 0.25 ? Elementary.Log1p(2 * tail - 1) : Math.Log(2 * tail);
        if (target == 0)
            return 0;
        double Excess(double x) => UpperGamma.Log(1 / Power, Exponent(x)) - target;
        var (low, high) = (0.0, alpha);
        while (Excess(high) > 0)
            (low, high) = (high, 2 * high);
        var at = high;
        for (var i = 0; i < 200; i++)
        {
            var excess = Excess(at);
            if (excess > 0)
                low = at;
            else
                high = at;
            var hazard = 2 * Math.Exp(LogDensity(at) - target - excess);
            var next = at + excess / hazard;
            if (!(next > low && next < high))
                next = low + (high - low) / 2;
            if (Math.Abs(next - at) <= 2e-16 * at)
                return next;
            at = next;
        }
        return at;
    }

    /// <inheritdoc/>
    public override double PrivacyLoss(double z, double shift)
    {
        if (z < shift / 2)
            return -PrivacyLoss(shift - z, shift);
        return z <= 2 * shift
            ? Exponent(z) - Exponent(z - shift)
            : -Exponent(z) * Elementary.Expm1(Power * Elementary.Log1p(-shift / z));
    }

    /// <inheritdoc/>
    public override double MaximumPrivacyLoss(double shift) => Power == 1 ? shift / alpha : double.PositiveInfinity;

    /// <inheritdoc/>
    public override NoiseLaw Scale(double factor) => new GeneralisedGaussianLaw(StandardDeviation * factor, Power);

    /// <inheritdoc/>
    public override double Sample(RandomSource random) => random.NextSign() * alpha * Math.Pow(random.NextGamma(1 / Power), 1 / Power);
}

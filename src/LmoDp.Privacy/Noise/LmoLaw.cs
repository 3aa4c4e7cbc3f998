using System.Text;
using LmoDp.Privacy.Numerics;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// The noise of LMO-DP (arXiv 2405.18776): Z given U is Laplace with scale 1/U, and U = a1 Gamma(k, theta) + a3 Exponential(rate) + a4 Uniform(a, b), independent.
/// With M(t) = E[exp(t U)] and K = log M: density M'(-|z|)/2, P(|Z| &gt; x) = M(-x), E|Z| = E[1/U], E Z^2 = 2 E[1/U^2]. The density is completely
/// monotone in |z|, so log f is convex on each side of 0.
/// </summary>
public sealed class LmoLaw : ContinuousLaw
{
    private readonly LmoMoments moments;

    /// <summary>The law of the given parts; a part that is null, or has weight 0, is absent.</summary>
    /// <exception cref="BadInputException">A parameter is out of range, or no part is left.</exception>
    public LmoLaw(GammaComponent? gamma, ExponentialComponent? exponential, UniformComponent? uniform)
    {
        Gamma = gamma?.Checked().Weight > 0 ? gamma : null;
        Exponential = exponential?.Checked().Weight > 0 ? exponential : null;
        Uniform = uniform?.Checked().Weight > 0 ? uniform : null;
        if (Gamma is null && Exponential is null && Uniform is null)
            throw new BadInputException("lmo: at least one of a1, a3 and a4 must be positive");
        var atZero = Cumulants(0);
        if (!(atZero.Slope > 0 && double.IsFinite(atZero.Slope) && double.IsFinite(atZero.Curvature)))
            throw new BadInputException("lmo: the mean and variance of the inverse scale leave the range of a double; choose parameters nearer to 1");
        LipschitzConstant = Slope(0);
        moments = new LmoMoments(this);
    }

    /// <summary>The Gamma part; null where absent.</summary>
    public GammaComponent? Gamma { get; }

    /// <summary>The Exponential part; null where absent.</summary>
    public ExponentialComponent? Exponential { get; }

    /// <summary>The Uniform part; null where absent.</summary>
    public UniformComponent? Uniform { get; }

    /// <inheritdoc/>
    public override LogShape Shape => LogShape.LogConvexSides;

    /// <summary>L = E[U^2]/E[U], the slope at 0 of a log density that is convex on each side.</summary>
    public override double LipschitzConstant { get; }

    /// <summary>
    /// With K' and K'' falling in z and (log f)'' = K'' + K'''/K' - (K''/K')^2, the bound is K''(0) plus the largest K'''/K' of a part: 2 t^2 for a Gamma of scale t,
    /// and (b - a)^2 for a Uniform, as E(V-m)^3 &lt;= (b-a) Var V &lt;= (b-a) (m-a) (b-m) on [a, b].
    /// </summary>
    public override double CurvatureBound
    {
        get
        {
            var (gamma, exponential) = (Gamma is { } g ? g.Weight * g.Scale : 0, Exponential is { } e ? e.Weight / e.Rate : 0);
            var width = Uniform is { } u ? u.Weight * (u.Upper - u.Lower) : 0;
            return Cumulants(0).Curvature + Math.Max(2 * Math.Max(gamma * gamma, exponential * exponential), width * width);
        }
    }

    /// <summary>The density varies over distances of at least 1 / this: the scales of the Gamma parts (singularities at minus their inverses), the largest uniform value, and L.</summary>
    internal double LargestRate => Math.Max(
        Math.Max(Gamma is { } g ? g.Weight * g.Scale : 0, Exponential is { } e ? e.Weight / e.Rate : 0),
        Math.Max(Uniform is { } u ? u.Weight * u.Upper : 0, LipschitzConstant));

    /// <inheritdoc/>
    public override double StandardDeviation => moments.StandardDeviation;

    /// <inheritdoc/>
    public override double MeanAbsolute => moments.MeanAbsolute;

    /// <inheritdoc/>
    public override double FisherInformation => moments.FisherInformation;

    /// <inheritdoc/>
    public override double Entropy => moments.Entropy;

    /// <summary>K, K' and K'' at t.</summary>
    internal InverseScaleCumulants Cumulants(double t)
    {
        var sum = default(InverseScaleCumulants);
        if (Gamma is { } g)
            sum += InverseScaleCumulants.Gamma(g.Shape, g.Weight * g.Scale, t);
        if (Exponential is { } e)
            sum += InverseScaleCumulants.Gamma(1, e.Weight / e.Rate, t);
        if (Uniform is { } u)
            sum += InverseScaleCumulants.Uniform(u.Weight * u.Lower, u.Weight * u.Upper, t);
        return sum;
    }

    /// <summary>log M(t) = log E[exp(t U)]; +infinity outside the domain a1 theta t &lt; 1, a3 t &lt; rate.</summary>
    public double LogMoment(double t) => double.IsNegativeInfinity(t) ? t : Cumulants(t).K;

    /// <summary>M''(-z)/M'(-z) = K' + K''/K', which does not increase.</summary>
    public override double Slope(double z)
    {
        var at = Cumulants(-z);
        return at.Slope + at.Curvature / at.Slope;
    }

    /// <inheritdoc/>
    public override double LogDensity(double z)
    {
        if (double.IsInfinity(z))
            return double.NegativeInfinity;
        var at = Cumulants(-Math.Abs(z));
        return at.K + Math.Log(at.Slope / 2);
    }

    /// <inheritdoc/>
    public override double Survival(double x) => x >= 0 ? 0.5 * Math.Exp(LogMoment(-x)) : 1 - 0.5 * Math.Exp(LogMoment(x));

    /// <inheritdoc/>
    public override double LogSurvival(double x) =>
        x >= 0 ? LogMoment(-x) - Math.Log(2) : Elementary.Log1p(-0.5 * Math.Exp(LogMoment(x)));

    /// <inheritdoc/>
    public override double Usefulness(double g) => -Elementary.Expm1(LogMoment(-g));

    /// <inheritdoc/>
    public override double Quantile(double p)
    {
        Parameter.Probability(p);
        return p > 0.5 ? UpperPoint(1 - p) : -UpperPoint(p);
    }

    /// <summary>The x &gt;= 0 with log M(-x) = log(2 tail): safeguarded Newton steps in log x, in which a power tail is a straight line.</summary>
    private double UpperPoint(double tail)
    {
        var target = tail > 0.25 ? Elementary.Log1p(2 * tail - 1) : Math.Log(2 * tail);
        if (target == 0)
            return 0;
        var (low, high) = (0.0, -target / Cumulants(0).Slope);
        while (LogMoment(-high) > target)
        {
            low = high;
            high *= 2;
            if (double.IsPositiveInfinity(high))
                return double.PositiveInfinity;
        }
        // K is convex, so the tangent at 0 undershoots: x >= -target/K'(0), the first bracket.
        var x = high;
        for (var i = 0; i < 200; i++)
        {
            var at = Cumulants(-x);
            var excess = at.K - target;
            if (excess > 0)
                low = x;
            else
                high = x;
            var next = x * Math.Exp(excess / (x * at.Slope));
            if (!(next > low && next < high))
                next = low + (high - low) / 2;
            if (Math.Abs(next - x) <= 2e-16 * x)
                return next;
            x = next;
        }
        return x;
    }

    /// <summary>
    /// The difference of two log densities, or where the shift is so small that it would cancel, the integral of their slope between: 4 points of Gauss-Legendre leave (4 / (rate shift))^-8 of it, as
    /// the slope's singularities are at least 1 / rate below 0.
    /// </summary>
    internal override double PrecisePrivacyLoss(double z, double shift)
    {
        if (!(LargestRate * shift < 0.05) || double.IsInfinity(z))
            return PrivacyLoss(z, shift);
        var nearest = z > shift ? z - shift : z < 0 ? -z : Math.Min(z, shift - z);
        var length = z > shift ? shift : z < 0 ? -shift : 2 * z - shift;
        var (half, centre) = (Math.Abs(length) / 2, nearest + Math.Abs(length) / 2);
        const double inner = 0.33998104358485626, outer = 0.86113631159405258, innerWeight = 0.65214515486254614, outerWeight = 0.34785484513745386;
        var mean = innerWeight * (Slope(centre - inner * half) + Slope(centre + inner * half)) + outerWeight * (Slope(centre - outer * half) + Slope(centre + outer * half));
        return length / 2 * mean;
    }

    /// <summary>log f(0)/f(shift) = log(M'(0)/M'(-shift)): log f is convex on each side, so its steepest stretch of this length starts at 0.</summary>
    public override double MaximumPrivacyLoss(double shift)
    {
        var at = Cumulants(-shift);
        return -at.K - Elementary.Log1p((at.Slope - Cumulants(0).Slope) / Cumulants(0).Slope);
    }

    /// <summary>
    /// The paper's bound on the Renyi divergence at a shift, order a &gt; 1: log[(a M((a-1)C) + (a-1) M(-aC)) / (2a-1)] / (a-1), the divergence as if U were revealed.
    /// +infinity where M((a-1)C) does not exist. The exact divergence (<see cref="OneRelease.Renyi"/>) is never above it.
    /// </summary>
    public double MomentRenyiBound(double order, double shift = 1)
    {
        if (!(order > 1))
            throw new ArgumentOutOfRangeException(nameof(order), order, "the bound holds for orders above 1");
        var positive = LogMoment((order - 1) * shift) + Math.Log(order / (2 * order - 1));
        var negative = LogMoment(-order * shift) + Math.Log((order - 1) / (2 * order - 1));
        return double.IsPositiveInfinity(positive)
            ? positive
            : (positive + Elementary.Log1p(Math.Exp(negative - positive))) / (order - 1);
    }

    /// <inheritdoc/>
    public override NoiseLaw Scale(double factor)
    {
        Parameter.Positive(factor, "lmo", "the factor to scale by");
        return new LmoLaw(
            Gamma is { } g ? g with { Weight = g.Weight / factor } : null,
            Exponential is { } e ? e with { Weight = e.Weight / factor } : null,
            Uniform is { } u ? u with { Weight = u.Weight / factor } : null);
    }

    /// <summary>One draw of U, then of Laplace with scale 1/U. Where U is too small for a double, the draw is cut at the largest double.</summary>
    public override double Sample(RandomSource random)
    {
        var inverseScale = 0.0;
        if (Gamma is { } g)
            inverseScale += g.Weight * g.Scale * random.NextGamma(g.Shape);
        if (Exponential is { } e)
            inverseScale += e.Weight / e.Rate * random.NextExponential();
        if (Uniform is { } u)
            inverseScale += u.Weight * (u.Lower + (u.Upper - u.Lower) * random.NextUniform());
        return random.NextSign() * Math.Min(random.NextExponential() / inverseScale, double.MaxValue);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder("lmo:");
        if (Gamma is { } g)
            text.Append(FormattableString.Invariant($"a1={g.Weight:R},k={g.Shape:R},theta={g.Scale:R},"));
        if (Exponential is { } e)
            text.Append(FormattableString.Invariant($"a3={e.Weight:R},rate={e.Rate:R},"));
        if (Uniform is { } u)
            text.Append(FormattableString.Invariant($"a4={u.Weight:R},a={u.Lower:R},b={u.Upper:R},"));
        return text.ToString(0, text.Length - 1);
    }
}

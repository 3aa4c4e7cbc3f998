using LmoDp.Privacy.Numerics;
using LmoDp.Privacy.Sampling;
using MathNet.Numerics;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// Noise for K numbers released together, clipped in L2 norm to 1: density proportional to exp(-(||z||/alpha)^p), 1 &lt;= p &lt;= 2, the same in every direction (spherical Laplace at p = 1, Gaussian at
/// p = 2). The density falls with the norm, so a shift of norm exactly 1 dominates (docs/accounting-renyi.md, spherical noise), and the loss depends on the radius and the angle to the shift only.
/// Gains over the Gaussian shrink as K grows: for a handful of numbers, not for gradients.
/// </summary>
public sealed class SphericalLaw
{
    private readonly double alpha;
    private readonly double logRadial;
    private readonly double logAngular;

    /// <param name="std">Standard deviation of each coordinate, positive and finite, relative to L2 sensitivity 1.</param>
    /// <param name="power">p, from 1 to 2.</param>
    /// <param name="dimension">K, at least 2.</param>
    /// <exception cref="BadInputException">A parameter is out of range.</exception>
    public SphericalLaw(double std, double power, int dimension)
    {
        StandardDeviation = Parameter.Positive(std, "spherical", "std");
        if (!(power is >= 1 and <= 2))
            throw new BadInputException(FormattableString.Invariant($"spherical: power must lie between 1 and 2, not {power:R}"));
        if (dimension < 2)
            throw new BadInputException(FormattableString.Invariant($"spherical: the dimension must be at least 2, not {dimension}; one number has generalised-gaussian noise"));
        (Power, Dimension) = (power, dimension);
        // (r/alpha)^p is Gamma(K/p, 1), and E r^2 = K std^2.
        alpha = std * Math.Sqrt(dimension) * Math.Exp((SpecialFunctions.GammaLn(dimension / power) - SpecialFunctions.GammaLn((dimension + 2) / power)) / 2);
        logRadial = Math.Log(power) - dimension * Math.Log(alpha) - SpecialFunctions.GammaLn(dimension / power);
        logAngular = SpecialFunctions.GammaLn(dimension / 2.0) - SpecialFunctions.GammaLn((dimension - 1) / 2.0) - SpecialFunctions.GammaLn(0.5);
    }

    /// <summary>Standard deviation of each coordinate.</summary>
    public double StandardDeviation { get; }

    /// <summary>p.</summary>
    public double Power { get; }

    /// <summary>K.</summary>
    public int Dimension { get; }

    /// <summary>The smallest epsilon with delta = 0: 1/alpha for p = 1, +infinity above.</summary>
    public double PureEpsilon => Power == 1 ? 1 / alpha : double.PositiveInfinity;

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"spherical:std={StandardDeviation:R},power={Power:R},dimension={Dimension}");

    /// <summary>One draw: a radius, and the direction of a Gaussian vector.</summary>
    /// <param name="random">Source of uniform words.</param>
    /// <param name="destination">K places.</param>
    public void Sample(RandomSource random, Span<double> destination)
    {
        if (destination.Length != Dimension)
            throw new ArgumentException($"the draw has {Dimension} coordinates", nameof(destination));
        GaussianSampler.Fill(random, destination);
        var norm = 0.0;
        foreach (var value in destination)
            norm = Math.Sqrt(norm * norm + value * value);
        var factor = alpha * Math.Pow(random.NextGamma(Dimension / Power), 1 / Power) / norm;
        foreach (ref var value in destination)
            value *= factor;
    }

    /// <summary>
    /// The Renyi divergence of one release at a shift of norm 1, order a &gt; 1. Outputs are paired with their mirror images half way between the two centres: the moment less 1 is the
    /// integral of f (1 - e^(-a b)) (e^((a-1) b) - 1) over the half-space nearer the origin, b &gt;= 0 the log ratio of the two densities there.
    /// </summary>
    public double Renyi(double order)
    {
        if (!(order > 1 && double.IsFinite(order)))
            throw new ArgumentOutOfRangeException(nameof(order), order, "the order must be finite and above 1");
        var logExcess = LogHalfSpace(0, ratio => ratio > 0 ? Elementary.Log1mExp(-order * ratio) + LogExpm1((order - 1) * ratio) : double.NegativeInfinity);
        return RenyiExcess.Divergence(logExcess, order);
    }

    /// <summary>The smallest delta for which one release is (epsilon, delta)-private, epsilon &gt;= 0: the integral of f (1 - e^(epsilon - b))_+ over the same half-space.</summary>
    public double Delta(double epsilon)
    {
        if (!(epsilon >= 0))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "epsilon must be at least 0");
        return epsilon >= PureEpsilon ? 0 : Math.Exp(LogHalfSpace(epsilon, ratio => ratio > epsilon ? Elementary.Log1mExp(epsilon - ratio) : double.NegativeInfinity));
    }

    private static double LogExpm1(double x) => x > 40 ? x : Math.Log(Elementary.Expm1(x));

    /// <summary>log of the integral of f(z) exp(w(b)) over the half-space, where b &gt; least: over radii, and for each over the angles from where b is that large on.</summary>
    private double LogHalfSpace(double least, Func<double, double> logWeight)
    {
        double OverAngles(double radius)
        {
            var inner = LogQuadrature.Integrate(
                angle => (Dimension - 2) * Math.Log(Math.Sin(angle)) + logWeight(LogRatio(radius, angle)), FirstAngle(radius, least), Math.PI, 1);
            return logRadial + (Dimension - 1) * Math.Log(radius) - Math.Pow(radius / alpha, Power) + logAngular + inner;
        }
        // The angles begin at 0 up to half the shift and bend away from there.
        return Elementary.LogSum(
            LogQuadrature.Integrate(OverAngles, 0, 0.5, 0.5),
            LogQuadrature.Integrate(OverAngles, 0.5, double.PositiveInfinity, Math.Max(0.5, StandardDeviation)));
    }

    /// <summary>b = (||z - v||^p - ||z||^p) / alpha^p at a radius and an angle to the shift v.</summary>
    private double LogRatio(double radius, double angle)
    {
        // ||z - v||^2 / r^2 - 1, then its power p/2 less 1: no cancellation at large radii.
        var excess = (1 - 2 * radius * Math.Cos(angle)) / (radius * radius);
        return radius > 1e-3
            ? Math.Pow(radius / alpha, Power) * Elementary.Expm1(Power / 2 * Elementary.Log1p(Math.Max(excess, -1)))
            : (Math.Pow(Math.Max(1 - 2 * radius * Math.Cos(angle) + radius * radius, 0), Power / 2) - Math.Pow(radius, Power)) / Math.Pow(alpha, Power);
    }

    /// <summary>The angle from which on b &gt; least &gt;= 0 at a radius: cos = (r^2 + 1 - rho^2) / (2 r) with rho^p = r^p + least alpha^p.</summary>
    private double FirstAngle(double radius, double least)
    {
        var growth = Elementary.Expm1(2 / Power * Elementary.Log1p(least * Math.Pow(alpha / radius, Power)));
        var cosine = (1 - radius * radius * growth) / (2 * radius);
        return Math.Acos(Math.Clamp(cosine, -1, 1));
    }
}

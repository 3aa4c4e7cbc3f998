using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Noise;

/// <summary>The integrals of an LMO law that have no closed form, each computed when first asked for.</summary>
internal sealed class LmoMoments
{
    private readonly LmoLaw law;
    private readonly Lazy<double> meanAbsolute;
    private readonly Lazy<double> standardDeviation;
    private readonly Lazy<double> fisherInformation;
    private readonly Lazy<double> entropy;

    public LmoMoments(LmoLaw law)
    {
        this.law = law;
        meanAbsolute = new(() => AbsoluteMoment(1));
        standardDeviation = new(() => Math.Sqrt(AbsoluteMoment(2)));
        fisherInformation = new(ComputeFisherInformation);
        entropy = new(ComputeEntropy);
    }

    public double MeanAbsolute => meanAbsolute.Value;

    public double StandardDeviation => standardDeviation.Value;

    public double FisherInformation => fisherInformation.Value;

    public double Entropy => entropy.Value;

    private double Scale => 1 / law.LipschitzConstant;

    /// <summary>
    /// E|Z|^n = n times the integral of x^(n-1) M(-x). Where U has positive density at 0, M(-x) falls as x^-s with s = k [a1 &gt; 0] + [a3 &gt; 0] + [a4 &gt; 0 and
    /// a = 0], so the moment is finite only for s &gt; n, and beyond 1e14 scales the tail is that power to the last digit.
    /// </summary>
    private double AbsoluteMoment(int n)
    {
        double LogIntegrand(double x) => law.LogMoment(-x) + (n - 1) * Math.Log(x) + Math.Log(n);
        if (law.Uniform is { Lower: > 0 })
            return Math.Exp(LogQuadrature.Integrate(LogIntegrand, 0, double.PositiveInfinity, Scale));
        var exponent = (law.Gamma?.Shape ?? 0) + (law.Exponential is null ? 0 : 1) + (law.Uniform is null ? 0 : 1);
        if (exponent <= n)
            return double.PositiveInfinity;
        var far = 1e14 / SmallestPart();
        var body = LogQuadrature.Integrate(LogIntegrand, 0, far, Scale);
        return Math.Exp(body) + Math.Exp(law.LogMoment(-far) + n * Math.Log(far)) * n / (exponent - n);
    }

    private double SmallestPart()
    {
        var smallest = double.PositiveInfinity;
        if (law.Gamma is { } g)
            smallest = Math.Min(smallest, g.Weight * g.Scale);
        if (law.Exponential is { } e)
            smallest = Math.Min(smallest, e.Weight / e.Rate);
        if (law.Uniform is { } u)
            smallest = Math.Min(smallest, u.Weight * u.Upper);
        return smallest;
    }

    private double ComputeFisherInformation() =>
        2 * Math.Exp(LogQuadrature.Integrate(z => law.LogDensity(z) + 2 * Math.Log(law.Slope(z)), 0, double.PositiveInfinity, Scale));

    /// <summary>-E log f(Z) = -log f(0) + E[log f(0) - log f(Z)], whose integrand is nowhere negative.</summary>
    private double ComputeEntropy()
    {
        var top = law.LogDensity(0);
        double LogIntegrand(double z)
        {
            var value = law.LogDensity(z);
            return value < top ? value + Math.Log(top - value) : double.NegativeInfinity;
        }
        return -top + 2 * Math.Exp(LogQuadrature.Integrate(LogIntegrand, 0, double.PositiveInfinity, Scale));
    }
}

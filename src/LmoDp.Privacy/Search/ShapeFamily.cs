using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>A family of laws but for their scale, as a map from real numbers without bounds.</summary>
/// <param name="Members">Its simplest laws, in the order of preference among equals.</param>
/// <param name="Starts">Where searches among the others begin; none where there are no others.</param>
/// <param name="Law">The law of a point.</param>
internal sealed record ShapeFamily(IReadOnlyList<ContinuousLaw> Members, IReadOnlyList<double[]> Starts, Func<IReadOnlyList<double>, ContinuousLaw> Law)
{
    /// <summary>A part with a smaller share of E U than this is left out.</summary>
    private const double NoShare = 1e-12;

    private static readonly Func<IReadOnlyList<double>, ContinuousLaw> None = _ => throw new InvalidOperationException("the family has no shapes to search");

    /// <summary>The family of that name.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has no parameters.</exception>
    public static ShapeFamily Of(NoiseSearchFamily family) => family switch
    {
        NoiseSearchFamily.Gaussian => new([new GaussianLaw(1)], [], None),
        NoiseSearchFamily.Laplace => new([new LaplaceLaw(1)], [], None),
        NoiseSearchFamily.GeneralisedGaussian => new([new GeneralisedGaussianLaw(1, 1), new GeneralisedGaussianLaw(1, 2)], [[0.7]], x => new GeneralisedGaussianLaw(1, 1 + Share(x[0]))),
        NoiseSearchFamily.Lmo => new([Lmo(0, 0, 1, 0)], LmoStarts, x => Lmo(x[0] * x[0], x[1] * x[1], Math.Exp(Math.Clamp(x[2], -12, 7)), Share(x[3]))),
        _ => throw new ArgumentOutOfRangeException(nameof(family), family, "not a family of few parameters"),
    };

    /// <summary>Nearly plain Laplace; a fixed inverse scale beside large rare ones (a peak), or very large and rarer ones; a broad Gamma; half an Exponential; a Uniform down to nearly 0.</summary>
    private static readonly double[][] LmoStarts = [[0.15, 0.15, 0, 0.2], [0.8, 0.15, -3, 0.2], [0.4, 0.05, -6, 0.1], [1.5, 0.2, 1.6, 0.5], [0.3, 1, 0, 0.5], [0.3, 0.3, 1, 1.2]];

    /// <summary>
    /// The LMO law with E U = 1, which is the sum of three means. Only a1 theta, a3 / rate, a4 a and a4 b matter besides k, so nothing of the family is lost but the scale; plain Laplace is where the
    /// Uniform has the whole mean and no width. It is the best member while the Laplace law that meets the target has a small loss 1 / scale. Otherwise a mixture with large inverse scales, whose draws are
    /// nearly 0, can be better: for one release in usefulness close to 0 from a loss of 1 on, in E|Z| and in the standard deviation from some 5 on; under subsampling earlier.
    /// </summary>
    /// <param name="gamma">Mean of the Gamma part, that of the Uniform part being 1.</param>
    /// <param name="exponential">Mean of the Exponential part.</param>
    /// <param name="shape">k.</param>
    /// <param name="width">(b - a) / (b + a).</param>
    private static LmoLaw Lmo(double gamma, double exponential, double shape, double width)
    {
        var total = gamma + exponential + 1;
        return new LmoLaw(
            gamma > NoShare * total ? new GammaComponent(1, shape, gamma / total / shape) : null,
            exponential > NoShare * total ? new ExponentialComponent(1, total / exponential) : null,
            new UniformComponent(1, (1 - width) / total, (1 + width) / total));
    }

    /// <summary>[0, 1] with both ends within reach.</summary>
    private static double Share(double x) => Math.Sin(x) * Math.Sin(x);
}

using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The LMO family but for its scale: E U = 1, and what is left of a1, k, theta, a3, rate, a4, a, b are the parts' shares of that mean, the Gamma's shape and the Uniform's width, four real numbers
/// without bounds. (Only a1 theta, a3 / rate, a4 a and a4 b matter, so nothing of the family is lost; plain Laplace is where the Uniform has the whole mean and no width.)
/// </summary>
internal static class LmoShape
{
    /// <summary>Number of parameters.</summary>
    public const int Dimension = 4;

    /// <summary>
    /// Where searches begin: almost plain Laplace; rare large inverse scales beside a fixed one (a peak); a broad Gamma; half an Exponential; a Uniform down to nearly 0.
    /// </summary>
    public static IReadOnlyList<double[]> Starts { get; } =
    [
        At(0.02, 0.02, 1, 0.05),
        At(0.4, 0.02, 0.05, 0.05),
        At(0.7, 0.02, 5, 0.2),
        At(0.05, 0.5, 1, 0.2),
        At(0.05, 0.05, 3, 0.9),
    ];

    /// <summary>Plain Laplace as a member of the family.</summary>
    public static LmoLaw Laplace { get; } = new(null, null, new UniformComponent(1, 1, 1));

    /// <summary>The law with these parameters.</summary>
    public static LmoLaw Law(IReadOnlyList<double> x)
    {
        var (gamma, exponential) = (Math.Exp(Bounded(x[0])), Math.Exp(Bounded(x[1])));
        var total = gamma + exponential + 1;
        var shape = Math.Exp(Math.Clamp(x[2], -7, 7));
        var width = 1 / (1 + Math.Exp(-Bounded(x[3])));
        return new LmoLaw(
            new GammaComponent(1, shape, gamma / total / shape),
            new ExponentialComponent(1, total / exponential),
            new UniformComponent(1, (1 - width) / total, (1 + width) / total));
    }

    /// <summary>Shares below 1e-10 and above 1 - 1e-10 are not told apart.</summary>
    private static double Bounded(double x) => Math.Clamp(x, -23, 23);

    private static double[] At(double gamma, double exponential, double shape, double width)
    {
        var uniform = 1 - gamma - exponential;
        return [Math.Log(gamma / uniform), Math.Log(exponential / uniform), Math.Log(shape), Math.Log(width / (1 - width))];
    }
}

namespace LmoDp.Privacy.Noise;

/// <summary>
/// Independent noise of one law on every coordinate of a vector whose L2 sensitivity is known: a proven Renyi curve that does not depend on the dimension.
/// </summary>
/// <remarks>
/// The Renyi divergence is additive over independent coordinates, so a shift v costs the sum of R_a(|v_j|), R_a(x) being the one-dimensional divergence at shift x;
/// with R_a(x) &lt;= c_a x^2 that is at most c_a ||v||^2. (No such step exists for the privacy loss distribution itself: this bounds Renyi curves only.)
/// <para>Gaussian: R_a(x) = a x^2 / (2 std^2), exactly.</para>
/// <para>A law whose log density has slopes of at most L (Laplace: L = 1/scale; LMO: L = E[U^2]/E[U], the slope at 0 of a log density that is convex on each side):
/// the loss log f(z - x) - log f(z) lies in [-L x, L x] for every z, so one coordinate is (L x, 0)-private in both directions, and pure epsilon implies
/// D_a &lt;= a epsilon^2 / 2 for every a &gt; 1 (Bun and Steinke, "Concentrated differential privacy", TCC 2016, Proposition 3.3). So c_a = a L^2 / 2.
/// For Laplace this is the best constant, since R_a(x)/x^2 tends to a I / 2 as x tends to 0 and I = L^2; for LMO, I &lt; L^2 and room is left.</para>
/// </remarks>
public sealed class CoordinateNoise
{
    /// <param name="law">The law of every coordinate's noise, relative to L2 sensitivity 1.</param>
    /// <exception cref="BadInputException">No bound is proven for this law.</exception>
    public CoordinateNoise(NoiseLaw law)
    {
        Law = law;
        EquivalentMultiplier = law is GaussianLaw ? law.StandardDeviation : 1 / law.LipschitzConstant;
        if (!(EquivalentMultiplier > 0))
            throw new BadInputException($"no vector guarantee is proven for {law}: its log density is not Lipschitz; use gaussian, laplace or lmo noise");
    }

    /// <summary>The law of every coordinate's noise.</summary>
    public NoiseLaw Law { get; }

    /// <summary>The standard deviation of the Gaussian that has the curve <see cref="Renyi"/> reports.</summary>
    public double EquivalentMultiplier { get; }

    /// <summary>
    /// The multiplier that no proof can exceed: 1/sqrt(Fisher information), from many small coordinates. At most the standard deviation (Cramér-Rao), with
    /// equality for the Gaussian only.
    /// </summary>
    public double LimitingMultiplier => 1 / Math.Sqrt(Law.FisherInformation);

    /// <summary>An upper bound on D_a for any shift of L2 norm at most <paramref name="norm"/>, order a &gt; 1.</summary>
    public double Renyi(double order, double norm = 1)
    {
        if (!(order > 1))
            throw new ArgumentOutOfRangeException(nameof(order), order, "the bound holds for orders above 1");
        var ratio = norm / EquivalentMultiplier;
        return order * ratio * ratio / 2;
    }
}

namespace LmoDp.Privacy.Noise;

/// <summary>
/// Independent noise of one law on every coordinate of a vector of L2 sensitivity 1: a proven Renyi curve that does not depend on the dimension.
/// </summary>
/// <remarks>
/// The Renyi divergence is additive over independent coordinates, so a shift v costs the sum of R_a(|v_j|), R_a(x) being the one-dimensional divergence at shift x, which is at most
/// c(a) = sup over 0 &lt; x &lt;= 1 of R_a(x)/x^2 for every v of norm at most 1. (No such step exists for the privacy loss distribution itself: this bounds Renyi curves only.)
/// The Gaussian's c(a) is a/(2 std^2), and Laplace's a/(2 scale^2) (Bun and Steinke, TCC 2016, Proposition 3.3: pure epsilon implies D_a &lt;= a epsilon^2/2; the limit x to 0 attains it);
/// for other laws <see cref="ShiftSupremum"/> bounds it from above, by less than <see cref="Tolerance"/> where its cells can be fine enough. (a - 1) c(a), a supremum of convex functions, is convex in a: it is
/// computed at orders a = 1 + 1.05^i and bounded by chords between them.
/// </remarks>
public sealed class CoordinateNoise
{
    /// <summary>Relative tolerance of the supremum.</summary>
    public const double Tolerance = 2e-3;

    private const double OrderRatio = 1.05;
    private readonly ContinuousLaw law;
    private readonly ShiftSupremum? supremum;
    private readonly Dictionary<int, double> scaledSuprema = [];

    /// <param name="law">The law of every coordinate's noise, relative to L2 sensitivity 1.</param>
    /// <exception cref="BadInputException">The law is a lattice law, of which nothing is proven for vectors.</exception>
    public CoordinateNoise(NoiseLaw law)
    {
        ArgumentNullException.ThrowIfNull(law);
        this.law = law as ContinuousLaw ?? throw new BadInputException($"no vector guarantee is proven for a {law.Description}: lattice noise is for single numbers; use gaussian, laplace or lmo noise");
        if (law is not (GaussianLaw or LaplaceLaw))
            supremum = new ShiftSupremum(this.law);
    }

    /// <summary>The law of every coordinate's noise.</summary>
    public NoiseLaw Law => law;

    /// <summary>
    /// The multiplier of the Gaussian that no curve of this noise can beat, 1/sqrt(Fisher information), from many small coordinates. At most the standard deviation (Cramér-Rao), with
    /// equality for the Gaussian only.
    /// </summary>
    public double LimitingMultiplier => 1 / Math.Sqrt(law.FisherInformation);

    /// <summary>An upper bound on D_a for any shift of L2 norm at most 1, order a &gt; 1.</summary>
    public double Renyi(double order)
    {
        if (!(order > 1 && double.IsFinite(order)))
            throw new ArgumentOutOfRangeException(nameof(order), order, "the bound holds for finite orders above 1");
        if (supremum is null)
            return order * law.FisherInformation / 2;
        var place = Math.Log(order - 1) / Math.Log(OrderRatio);
        var (below, above) = ((int)Math.Floor(place), (int)Math.Floor(place) + 1);
        var (left, right) = (Less1(below), Less1(above));
        var fraction = Math.Clamp((order - 1 - left) / (right - left), 0, 1);
        return ((1 - fraction) * Scaled(below) + fraction * Scaled(above)) / (order - 1);
    }

    private static double Less1(int place) => Math.Pow(OrderRatio, place);

    /// <summary>(a - 1) c(a) at a = 1 + 1.05^place.</summary>
    private double Scaled(int place)
    {
        if (!scaledSuprema.TryGetValue(place, out var scaled))
            scaledSuprema[place] = scaled = Less1(place) * supremum!.At(1 + Less1(place), Tolerance).Upper;
        return scaled;
    }
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>A lattice law and its certificate.</summary>
/// <param name="Law">What is sampled and accounted.</param>
/// <param name="Epsilon">Bounds for the target's composition; the upper one is at most the target.</param>
/// <param name="Scale">The factor by which the law was stretched to meet the target.</param>
internal sealed record SearchedLattice(LatticeLaw Law, Bounds Epsilon, double Scale)
{
    /// <summary>How far from 1 a scale is looked for.</summary>
    private const double FarthestScale = 1000;

    /// <summary>The smallest scale, to a relative <see cref="Calibration.RelativeScale"/>, whose lattice law the accountant certifies.</summary>
    /// <param name="scaled">The law of every scale, 1 being nearly right.</param>
    /// <param name="target">What it must meet.</param>
    /// <exception cref="BadInputException">No scale meets the target.</exception>
    public static SearchedLattice Of(Func<double, LatticeLaw> scaled, SearchTarget target)
    {
        var seen = new Dictionary<double, SearchedLattice>();
        double Upper(double scale)
        {
            if (scale is < 1 / FarthestScale or > FarthestScale)
                throw new BadInputException("no scale of this noise is certified for the target on this lattice");
            var law = scaled(scale);
            var epsilon = PldAccountant.Epsilon(target.With(law), target.Delta, Calibration.CertificateWidth, refinements: 1);
            seen[scale] = new SearchedLattice(law, epsilon, scale);
            return epsilon.Upper;
        }
        var (_, above) = Root.Of(Upper, target.Epsilon, 1, Calibration.RelativeScale, 1e-4);
        return seen.TryGetValue(above, out var found) ? found : throw new BadInputException("no scale of this noise meets the target");
    }

    /// <summary>The smallest scale of a continuous law that is certified after it was rounded to the lattice.</summary>
    /// <param name="shape">Any law; one that nearly meets the target is a good start.</param>
    /// <param name="target">What it must meet.</param>
    /// <param name="stepsPerSensitivity">m.</param>
    /// <exception cref="BadInputException">No scale meets the target.</exception>
    public static SearchedLattice Of(ContinuousLaw shape, SearchTarget target, int stepsPerSensitivity) =>
        Of(scale => LatticeLaw.Rounded(shape.Scale(scale), stepsPerSensitivity), target);
}

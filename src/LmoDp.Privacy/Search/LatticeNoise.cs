using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>
/// Noise on a lattice for runs that publish one number a step, or K of them from one draw: sums of integers, so that what is accounted is exactly what is drawn. The same input gives the same law, bit for bit.
/// </summary>
public static class LatticeNoise
{
    /// <summary>The noise of a family with the least standard deviation that is certified for the target.</summary>
    /// <param name="family">Where to look.</param>
    /// <param name="target">What it must meet.</param>
    /// <remarks>
    /// For K &gt; 1 the shape is the one found for K = 1, stretched: K numbers shift together like one of sqrt(K) times the sensitivity. Where many numbers are published their losses add up to
    /// something like a Gaussian's, so among all shapes the Gaussian is tried too.
    /// </remarks>
    /// <exception cref="BadInputException">No noise of the family meets the target.</exception>
    public static CalibratedNoise Find(NoiseSearchFamily family, SearchTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var one = target.OfOneNumber;
        var gaussian = new GuaranteedScale(one).Of(new GaussianLaw(1));
        if (target.PerDraw > 1)
            return Several(family, target, gaussian);
        if (family == NoiseSearchFamily.Free)
        {
            var free = NoiseSearch.Find(family, target, Objective.StandardDeviation);
            return Certified(free.Law, free.Epsilon);
        }
        var (found, _) = ParametricSearch.Lattice(family, target, Objective.StandardDeviation, Steps(gaussian));
        return Certified(found.Law, found.Epsilon);
    }

    /// <summary>K numbers: shapes found for one, stretched.</summary>
    private static CalibratedNoise Several(NoiseSearchFamily family, SearchTarget target, ContinuousLaw gaussian)
    {
        var wider = Math.Sqrt(target.PerDraw);
        var m = Steps(gaussian.Scale(wider));
        NoiseLaw[] shapes = family == NoiseSearchFamily.Free
            ? [NoiseSearch.Find(family, target.OfOneNumber, Objective.StandardDeviation).Law, gaussian]
            : [ParametricSearch.Find(family, target.OfOneNumber, Objective.StandardDeviation)];
        var best = shapes.Select(shape => SearchedLattice.Of(scale => LatticeLaw.Rounded(shape.Scale(wider * scale), m), target)).MinBy(law => law.Law.StandardDeviation)!;
        return Certified(best.Law, best.Epsilon);
    }

    private static CalibratedNoise Certified(LatticeLaw law, Bounds epsilon) => new(new ScalarRelease(Drawable(law)), epsilon, AccountantKind.Pld);

    /// <summary>A law as it is, rounded to a lattice that is fine enough for it; a lattice law stays what it is.</summary>
    /// <exception cref="BadInputException">The law is too wide.</exception>
    public static LatticeLaw Of(NoiseLaw law)
    {
        ArgumentNullException.ThrowIfNull(law);
        return law is LatticeLaw lattice ? Drawable(lattice)
            : Drawable(LatticeLaw.Rounded(double.IsFinite(law.StandardDeviation) ? Drawable(law) : law, Steps(law))); // heavy tails may have no variance before they are rounded
    }

    /// <summary>The law, if a draw of it ends: beyond the weights that a lattice law can have it takes one trial a step.</summary>
    private static T Drawable<T>(T law) where T : NoiseLaw => law.StandardDeviation <= WidestNoise
        ? law
        : throw new BadInputException(FormattableString.Invariant($"noise of standard deviation {law.StandardDeviation:G6} times the sensitivity cannot be drawn on a lattice: the most is {WidestNoise:G}"));

    private const double WidestNoise = 1e6;

    private static int Steps(NoiseLaw law) => SearchLattice.StepsPerSensitivity(law.StandardDeviation, Objective.StandardDeviation);
}

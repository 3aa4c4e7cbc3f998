using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The offline search: the best noise of a family for a whole composition, on a lattice, so that it is sampled exactly, and certified by the PLD accountant. The same input gives the same law,
/// bit for bit.
/// </summary>
public static class NoiseSearch
{
    /// <summary>How close below the target the certified epsilon of a free-form law is to come, relative to the target.</summary>
    private const double Closeness = 2e-5;

    /// <summary>Generalised Gaussians, Laplace first, the best of which a free search begins with.</summary>
    private static readonly double[] StartingPowers = [1, 1.15, 1.4, 1.7, 2];

    /// <summary>Searches.</summary>
    /// <param name="family">Where to look.</param>
    /// <param name="target">What the noise must meet.</param>
    /// <param name="objective">What it is to be good at.</param>
    /// <param name="stepsPerSensitivity">m, the lattice steps to the sensitivity; null: 16, or less where the noise is wide.</param>
    /// <exception cref="BadInputException">m is out of range, the target is for several numbers a step (<see cref="LatticeNoise"/> takes those), or no noise of the family meets it.</exception>
    public static SearchedNoise Find(NoiseSearchFamily family, SearchTarget target, Objective objective, int? stepsPerSensitivity = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(objective);
        if (stepsPerSensitivity is < 1 or > LatticeLaw.MostSteps)
            throw new BadInputException(FormattableString.Invariant($"lattice: the steps to the sensitivity must number 1 to {LatticeLaw.MostSteps}, not {stepsPerSensitivity}"));
        if (target.PerDraw > 1)
            throw new BadInputException("noise of any shape is searched for steps that publish one number");
        var (gaussian, laplace) = (Baseline(new GaussianLaw(1), target), Baseline(new LaplaceLaw(1), target));
        var m = stepsPerSensitivity ?? SearchLattice.StepsPerSensitivity(gaussian.Noise.StandardDeviation, objective);
        if (objective.Resolution * m < 1)
            throw new BadInputException(FormattableString.Invariant($"usefulness at a distance of less than one lattice step (1/{m}) is all or nothing: choose a larger g, or a finer lattice"));
        if (family == NoiseSearchFamily.Free)
        {
            var (law, epsilon, gap) = Free(target, objective, m);
            return new SearchedNoise(family, target, objective, law, null, epsilon, gaussian, laplace, gap);
        }
        var (found, shape) = ParametricSearch.Lattice(family, target, objective, m);
        return new SearchedNoise(family, target, objective, found.Law, shape, found.Epsilon, gaussian, laplace, null);
    }

    private static CalibratedNoise Baseline(NoiseLaw shape, SearchTarget target) =>
        Calibration.Calibrate(new ScalarRelease(shape), target.Epsilon, target.Delta, target.SamplingRate, target.Steps);

    private static (LatticeLaw Law, Bounds Epsilon, SearchGap? Gap) Free(SearchTarget target, Objective objective, int m)
    {
        var simple = Simple(target);
        // Laplace noise has so few losses that a composition's profile is all corners: a little rounder does for a start.
        if (FrameStart.Of(simple.Where(law => target.Steps == 1 || law.Power > 1 || simple.Count == 1).MinBy(law => law.StandardDeviation)!, target, objective, m) is not { } start)
        {
            var (wide, _) = ParametricSearch.Lattice(NoiseSearchFamily.GeneralisedGaussian, target, objective, m);
            return (wide.Law, wide.Epsilon, null);
        }
        var search = new FreeSearch(target, start);
        var result = search.Find();
        var unstretched = LatticeRounding.FromWeights(result.Weights, start.Frame.TailRatio, m);
        var (law, epsilon) = (unstretched, target.Certify(unstretched));
        // The search knows delta to some digits only: the last of them by a little stretching.
        if (!(epsilon.Upper <= target.Epsilon && epsilon.Upper >= target.Epsilon * (1 - Closeness)))
            (law, epsilon, _) = SearchedLattice.Of(stretch => LatticeRounding.Scaled(unstretched, stretch), target);
        // Laws of few parameters are laws too. At the edge of what the programme can express (a single step of the lattice, tails beyond its places) one of them may be the better.
        var isSimple = false;
        foreach (var known in simple.Where(known => !objective.Better(objective.Of(law), objective.Of(known))))
        {
            var rounded = SearchedLattice.Of(known, target, m);
            if (objective.Better(objective.Of(rounded.Law), objective.Of(law)))
                ((law, epsilon, _), isSimple) = (rounded, true);
        }
        // Of one release the bound holds for every law; of more it speaks of the law that the programme found.
        var gap = isSimple && target.Steps > 1 ? null : Gap(objective.Of(law), objective.FromMeanCost(result.LowerBound), target.Steps > 1 ? search.Renyi() : null, objective);
        return (law, epsilon, gap);
    }

    /// <summary>The starting powers at the scale at which they meet the target. At a delta near the least numbers there are, the scale of some may not be found.</summary>
    private static List<GeneralisedGaussianLaw> Simple(SearchTarget target)
    {
        var scale = new GuaranteedScale(target);
        var simple = new List<GeneralisedGaussianLaw>();
        BadInputException? fault = null;
        foreach (var power in StartingPowers)
        {
            try
            {
                simple.Add((GeneralisedGaussianLaw)scale.Of(new GeneralisedGaussianLaw(1, power)));
            }
            catch (BadInputException notFound)
            {
                fault = notFound;
            }
        }
        return simple.Count > 0 ? simple : throw fault!;
    }

    private static SearchGap Gap(double value, double bound, (UnimodalProgramme.Solution Solution, double Order)? renyi, Objective objective)
    {
        double Relative(double other, double of) => other == of ? 0 : Math.Abs(other - of) / of;
        RenyiOptimum? optimum = null;
        if (renyi is { } surrogate)
        {
            var best = objective.FromMeanCost(surrogate.Solution.Cost);
            optimum = new RenyiOptimum(surrogate.Order, best, Relative(objective.FromMeanCost(surrogate.Solution.LowerBound), best), Relative(value, best));
        }
        return new SearchGap(bound, renyi is null, Relative(bound, value), optimum);
    }
}

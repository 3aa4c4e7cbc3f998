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

    private const double CertificateWidth = 1e-5;

    /// <summary>Searches.</summary>
    /// <param name="family">Where to look.</param>
    /// <param name="target">What the noise must meet.</param>
    /// <param name="objective">What it is to be good at.</param>
    /// <param name="stepsPerSensitivity">m, the lattice steps to the sensitivity; null: 16, or less where the noise is wide.</param>
    /// <exception cref="BadInputException">m is out of range, or no noise of the family meets the target.</exception>
    public static SearchedNoise Find(NoiseSearchFamily family, SearchTarget target, Objective objective, int? stepsPerSensitivity = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(objective);
        if (stepsPerSensitivity is < 1 or > LatticeLaw.MostSteps)
            throw new BadInputException(FormattableString.Invariant($"lattice: the steps to the sensitivity must number 1 to {LatticeLaw.MostSteps}, not {stepsPerSensitivity}"));
        var (gaussian, laplace) = (Baseline(new GaussianLaw(1), target), Baseline(new LaplaceLaw(1), target));
        var m = stepsPerSensitivity ?? SearchLattice.StepsPerSensitivity(gaussian.Noise.StandardDeviation, objective);
        if (family == NoiseSearchFamily.Free)
        {
            var (law, epsilon, gap) = Free(target, objective, m);
            return new SearchedNoise(family, target, objective, law, null, epsilon, gaussian, laplace, gap);
        }
        var found = ParametricSearch.Lattice(family, target, objective, m);
        return new SearchedNoise(family, target, objective, found.Law, found.Source, found.Epsilon, gaussian, laplace, null);
    }

    private static CalibratedNoise Baseline(NoiseLaw shape, SearchTarget target) =>
        Calibration.Calibrate(new ScalarRelease(shape), target.Epsilon, target.Delta, target.SamplingRate, target.Steps);

    private static (LatticeLaw Law, Bounds Epsilon, SearchGap Gap) Free(SearchTarget target, Objective objective, int m)
    {
        var start = FrameStart.Of(StartingShape(target), target, objective, m);
        var search = new FreeSearch(target, start);
        var result = search.Find();
        var law = LatticeRounding.FromWeights(result.Weights, start.Frame.TailRatio, m);
        var epsilon = PldAccountant.Epsilon(target.With(law), target.Delta, CertificateWidth);
        if (!(epsilon.Upper <= target.Epsilon && epsilon.Upper >= target.Epsilon * (1 - Closeness)))
        {
            // The search knows delta to some digits only: the last of them by a little stretching.
            var calibrated = Calibration.Calibrate(new ScalarRelease(law), target.Epsilon, target.Delta, target.SamplingRate, target.Steps);
            (law, epsilon) = ((LatticeLaw)calibrated.Noise, calibrated.Epsilon);
        }
        // Laws of few parameters are laws too. At the edge of what the programme can express (a single step of the lattice, tails beyond its places) one of them may be the better.
        var simple = ParametricSearch.Lattice(NoiseSearchFamily.GeneralisedGaussian, target, objective, m);
        if (!objective.Better(objective.Of(law), objective.Of(simple.Law)))
            (law, epsilon) = (simple.Law, simple.Epsilon);
        return (law, epsilon, Gap(objective.Of(law), objective.FromMeanCost(result.LowerBound), target.Steps > 1 ? search.Renyi() : null, objective));
    }

    /// <summary>
    /// The generalised Gaussian that meets the target best; a little rounder than Laplace where there is a composition, since Laplace noise has so few losses that their profile is all corners.
    /// </summary>
    private static ContinuousLaw StartingShape(SearchTarget target)
    {
        const double roundEnough = 1.15;
        var best = ParametricSearch.Find(NoiseSearchFamily.GeneralisedGaussian, target, Objective.StandardDeviation);
        return target.Steps > 1 && best is GeneralisedGaussianLaw { Power: < roundEnough } ? new GuaranteedScale(target).Of(new GeneralisedGaussianLaw(1, roundEnough)) : best;
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

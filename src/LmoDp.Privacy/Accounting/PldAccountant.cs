using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// The privacy loss distribution accountant: upper and lower bounds on epsilon(delta) and delta(epsilon) of a composition of Poisson-subsampled releases that hold
/// with truncation, wrap-around and floating-point rounding included, and that bracket the exact value tightly at every delta. It chooses its own grid.
/// Theorems, directions of rounding and proofs: docs/accounting.md.
/// </summary>
public static class PldAccountant
{
    /// <summary>The relative width of the bracket that the grid is refined to, unless asked otherwise.</summary>
    public const double DefaultWidth = 1e-4;

    private const int MaxRefinements = 5;

    /// <summary>log2 of the grid for a first look, for the first real answer, and for the last resort.</summary>
    private const int CoarseLogSize = 14, UsualLogSize = 18, LargestLogSize = 21;

    /// <summary>Bounds on the epsilon of a composition.</summary>
    /// <param name="composition">Scalar releases of any law, or Gaussian vectors.</param>
    /// <param name="delta">In [0, 1].</param>
    /// <param name="relativeWidth">Bracket width relative to epsilon to aim at; a cap on the grid may leave a wider one.</param>
    /// <exception cref="BadInputException">delta is out of range, or a release has no proven loss distribution.</exception>
    public static Bounds Epsilon(Composition composition, double delta, double relativeWidth = DefaultWidth) => Epsilon(composition, delta, relativeWidth, MaxRefinements);

    /// <summary>The same with fewer refinements: the upper bound is tight from the first grid on, the lower one may not be.</summary>
    internal static Bounds Epsilon(Composition composition, double delta, double relativeWidth, int refinements)
    {
        PrivacyParameters.Delta(delta);
        var bounds = WithReleases(composition, delta, relativeWidth, parts => Epsilon(parts, delta, relativeWidth, refinements), _ => delta);
        // Where the part of delta that each step may cut has no double (delta near 1e-300, a billion steps), the Rényi bound holds as well, and is finite.
        return delta > 0 && double.IsInfinity(bounds.Upper) ? bounds with { Upper = RenyiAccountant.Epsilon(composition, delta).Epsilon } : bounds;
    }

    private static Bounds Epsilon(List<(SubsampledLoss Loss, long Times)> parts, double delta, double relativeWidth, int refinements)
    {
        if (parts.Count == 0 || delta == 1)
            return Bounds.Exactly(0);
        if (delta == 0)
            return PureEpsilon(parts);
        var largest = PureEpsilon(parts).Upper;
        if (SingleStep(parts) is { } step)
            return step.Epsilon(delta) is var bounds && bounds.Upper > largest ? bounds with { Upper = largest } : bounds;
        // Both laws of each step can be drawn so that they differ with no more probability than its total variation: a delta that all steps together do not reach costs no epsilon, and leaves
        // nothing to put on a grid.
        var logEqual = parts.Sum(part => part.Times * Elementary.Log1p(-Math.Min(new SingleStep(part.Loss).Delta(0).Upper, 1 - 1e-16)));
        return -Elementary.Expm1(logEqual * (1 + 1e-12)) * (1 + 1e-15) <= delta ? Bounds.Exactly(0)
            : WithinReach(() => Refined(parts, relativeWidth, refinements, largest, (account, resolution) => account.Epsilon(delta, resolution)));
    }

    /// <summary>Bounds on the delta of a composition.</summary>
    /// <param name="composition">Scalar releases of any law, or Gaussian vectors.</param>
    /// <param name="epsilon">At least 0.</param>
    /// <param name="relativeWidth">Bracket width relative to delta to aim at.</param>
    /// <exception cref="BadInputException">epsilon is out of range, or a release has no proven loss distribution.</exception>
    public static Bounds Delta(Composition composition, double epsilon, double relativeWidth = DefaultWidth)
    {
        PrivacyParameters.Epsilon(epsilon);
        epsilon = Math.Min(epsilon, LargestEpsilon);
        return WithReleases(composition, 1e-30, relativeWidth, parts => Delta(parts, epsilon, relativeWidth), bounds => bounds.Upper);
    }

    /// <summary>Beyond it delta is bounded by that at this epsilon: it does not increase.</summary>
    private const double LargestEpsilon = 1e9;

    private static Bounds Delta(List<(SubsampledLoss Loss, long Times)> parts, double epsilon, double relativeWidth)
    {
        if (parts.Count == 0 || epsilon > PureEpsilon(parts).Upper * (1 + 1e-12))
            return Bounds.Exactly(0);
        var bounds = SingleStep(parts) is { } step ? step.Delta(epsilon)
            : WithinReach(() => Refined(parts, relativeWidth, MaxRefinements, 1, (account, resolution) => account.Delta(epsilon, resolution)));
        // Below the largest possible loss delta is positive, however far below the least double.
        return bounds with { Upper = Math.Max(bounds.Upper, double.Epsilon) };
    }

    /// <summary>
    /// The privacy profile: bounds on delta at each epsilon, made monotone (delta does not increase with epsilon, so the best bound on one side serves the other).
    /// </summary>
    /// <param name="composition">Scalar releases of any law, or Gaussian vectors.</param>
    /// <param name="epsilons">At least 0, ascending.</param>
    /// <param name="relativeWidth">Bracket width relative to delta to aim at; plots need no more than the default.</param>
    /// <exception cref="BadInputException">An epsilon is out of range or they do not ascend, or a release has no proven loss distribution.</exception>
    public static IReadOnlyList<Bounds> Profile(Composition composition, IReadOnlyList<double> epsilons, double relativeWidth = 1e-3)
    {
        ArgumentNullException.ThrowIfNull(epsilons);
        for (var i = 1; i < epsilons.Count; i++)
            if (!(epsilons[i] >= epsilons[i - 1]))
                throw new BadInputException("the epsilons of a privacy profile must ascend");
        var profile = epsilons.Select(epsilon => Delta(composition, epsilon, relativeWidth)).ToArray();
        for (var i = 1; i < profile.Length; i++)
            profile[i] = profile[i] with { Upper = Math.Min(profile[i].Upper, profile[i - 1].Upper) };
        for (var i = profile.Length - 2; i >= 0; i--)
            profile[i] = profile[i] with { Lower = Math.Max(profile[i].Lower, profile[i + 1].Lower) };
        return profile;
    }

    /// <summary>What the accountant does; where losses are too large or too small for whole numbers of grid steps, one line that says so.</summary>
    private static Bounds WithinReach(Func<Bounds> account)
    {
        try
        {
            return account();
        }
        catch (OverflowException fault)
        {
            throw new BadInputException("the privacy losses of this noise are beyond what the accountant can put on a grid: is the scale, the epsilon or the number of steps a slip?", fault);
        }
    }

    /// <summary>
    /// Several releases from one draw are known but for a tail, and if their losses are many, from a grid: both are chosen for the delta at hand, and the grid is made finer while the bracket is wide.
    /// </summary>
    /// <param name="composition">What is published.</param>
    /// <param name="delta">About where the composition is looked at.</param>
    /// <param name="relativeWidth">Asked for.</param>
    /// <param name="account">Bounds from what one draw costs.</param>
    /// <param name="deltaOf">What the bounds say of delta.</param>
    private static Bounds WithReleases(
        Composition composition, double delta, double relativeWidth, Func<List<(SubsampledLoss Loss, long Times)>, Bounds> account, Func<Bounds, double> deltaOf)
    {
        var draws = composition.Charged.Sum(group => (double)group.Steps);
        double Tail() => Math.Max(NegligibleTail * delta / draws, LeastTail);
        var (tail, knots) = (Tail(), SelfComposition.FewestKnots);
        Bounds? before = null;
        while (true)
        {
            var parts = Parts(composition, tail, knots);
            var bounds = account(parts);
            if (before is { } known)
                bounds = Ordered(new Bounds(Math.Min(bounds.Upper, known.Upper), Math.Max(bounds.Lower, known.Lower)));
            delta = deltaOf(bounds);
            var isCut = parts.Any(part => !part.Loss.IsExact) && Tail() < tail;
            var isCoarse = parts.Any(part => part.Loss.IsOnGrid) && knots < SelfComposition.MostKnots && bounds.RelativeWidth > Math.Max(relativeWidth, WidthOfReleases)
                && !(bounds.RelativeWidth > 0.8 * before?.RelativeWidth);
            if (!isCut && !isCoarse)
                return bounds;
            (before, tail, knots) = (bounds, Tail(), isCut ? knots : Math.Min(4 * knots, SelfComposition.MostKnots));
        }
    }

    /// <summary>Brackets no wider do not make the grid of several releases finer.</summary>
    public const double WidthOfReleases = 3e-4;

    /// <summary>Mass of the largest sums of releases from one draw that is given up, relative to delta, and the least at all.</summary>
    private const double NegligibleTail = 1e-8, LeastTail = 1e-300;

    private static SingleStep? SingleStep(IReadOnlyList<(SubsampledLoss Loss, long Times)> parts) => parts is [{ Times: 1 } only] ? new SingleStep(only.Loss) : null;

    /// <summary>The larger of the two directions, refined until its bracket is narrow; a direction that cannot be the larger one stays coarse.</summary>
    private static Bounds Refined(
        IReadOnlyList<(SubsampledLoss Loss, long Times)> parts, double relativeWidth, int refinements, double largest, Func<AdjacencyAccount, Resolution, Bounds> evaluate)
    {
        Adjacency[] directions = parts.All(part => part.Loss.IsSymmetric) ? [Adjacency.Remove] : [Adjacency.Remove, Adjacency.Add];
        var accounts = directions.Select(direction => new AdjacencyAccount(parts, direction)).ToArray();
        var resolutions = directions.Select((_, i) => new Resolution(relativeWidth / 2, relativeWidth / 2, i == 0 ? UsualLogSize : CoarseLogSize)).ToArray();
        var bounds = accounts.Select((account, i) => Ordered(evaluate(account, resolutions[i]))).ToArray();
        var idle = 0;
        for (var refinement = 0; ; refinement++)
        {
            var worst = bounds.Length == 2 && bounds[1].Upper > bounds[0].Upper ? 1 : 0;
            var upper = Math.Min(bounds[worst].Upper, largest);
            var lower = bounds.Max(bound => bound.Lower);
            var width = bounds[worst].RelativeWidth;
            if (!(upper - lower > relativeWidth * upper) || refinement >= refinements || idle == MostIdle || Finer(resolutions[worst], accounts[worst], width) is not { } finer)
                return Ordered(new Bounds(upper, lower));
            resolutions[worst] = finer;
            var refined = evaluate(accounts[worst], finer);
            // Both hold, so the tighter end of each holds.
            bounds[worst] = Ordered(new Bounds(Math.Min(refined.Upper, upper), Math.Max(refined.Lower, bounds[worst].Lower)));
            idle = bounds[worst].RelativeWidth > 0.8 * width ? idle + 1 : 0;
        }
    }

    /// <summary>Refinements in a row that may bring next to nothing.</summary>
    private const int MostIdle = 2;

    /// <summary>Work, in units of some 100 ns, that refinements may bring the whole to: whatever is asked, it takes a few seconds.</summary>
    private const double MostWork = 2e7;

    /// <summary>
    /// What to try next: more room where it was wanting, the same cells where they were chosen for another point, else finer cells; null where there is no more room, or no more
    /// time: a look at a larger size is taken to cost as much more as the size grows.
    /// </summary>
    private static Resolution? Finer(Resolution now, AdjacencyAccount account, double width)
    {
        if (now.LogSize < UsualLogSize)
            return now with { LogSize = UsualLogSize };
        var room = Math.Min(LargestLogSize - now.LogSize, (int)Math.Floor(Math.Log2(MostWork / Math.Max(account.LastWork, 1))));
        if (room < 0 || account.Work > MostWork)
            return null;
        if (account.Coarseness > 1.1)
        {
            // The bracket is about as wide as the square of the step.
            var growth = Math.Min(account.Coarseness, Math.Sqrt(0.7 * width / now.Accuracy));
            return room > 0 || !account.IsSettled ? now with { LogSize = now.LogSize + Math.Clamp((int)Math.Ceiling(Math.Log2(growth)), Math.Min(1, room), room) } : null;
        }

        if (!account.IsSettled)
            return now;
        return now with
        {
            Fineness = now.Fineness * Math.Clamp(1.4 * now.Accuracy / width, 1e-4, 0.5),
            LogSize = now.LogSize + Math.Min(room, 1),
        };
    }

    /// <summary>Two proven bounds cannot cross: if they do, one of them is wrong, and neither may be returned.</summary>
    private static Bounds Ordered(Bounds bounds) => bounds.Lower <= bounds.Upper
        ? bounds
        : throw new InvalidOperationException(FormattableString.Invariant($"the accountant contradicts itself: lower bound {bounds.Lower:R} above upper bound {bounds.Upper:R}; please report this composition"));

    /// <summary>delta = 0: the sum of the largest losses.</summary>
    private static Bounds PureEpsilon(IReadOnlyList<(SubsampledLoss Loss, long Times)> parts)
    {
        var removal = parts.Sum(part => part.Times * part.Loss.Maximum(Adjacency.Remove));
        var addition = parts.Sum(part => part.Times * part.Loss.Maximum(Adjacency.Add));
        var pure = Math.Max(removal, addition);
        return new Bounds(pure * (1 + 1e-13), pure * (1 - 1e-13));
    }

    /// <param name="composition">What is published.</param>
    /// <param name="tail">Mass that may be cut from several releases from one draw.</param>
    /// <param name="knots">Of the grid that they are put on.</param>
    private static List<(SubsampledLoss Loss, long Times)> Parts(Composition composition, double tail, int knots)
    {
        ArgumentNullException.ThrowIfNull(composition);
        var parts = new List<(SubsampledLoss, long)>();
        // Gaussian releases that every example takes part in are one: the squares of their sensitivities, relative to the noise, add up.
        var squared = 0.0;
        foreach (var group in composition.Charged)
        {
            if (!group.Release.HasPrivacyLossDistribution)
                throw new BadInputException(
                    $"the PLD accountant cannot account for a vector with {group.Release.Noise.Description} in each coordinate (its loss distribution is not a bound): use the rdp accountant or Gaussian noise");
            if (group is { Release.Noise: GaussianLaw gaussian, SamplingRate: 1 })
                squared += (double)group.Steps * group.PerDraw / gaussian.StandardDeviation / gaussian.StandardDeviation;
            else
                parts.Add((Loss(group, tail, knots), group.Steps));
        }
        if (double.IsPositiveInfinity(squared))
            throw new BadInputException(ReleaseGroup.BeyondDoubles);
        if (squared > 0)
            parts.Add((new SubsampledLoss(new ShiftPair(new GaussianLaw(1), Math.Sqrt(squared)), 1), 1));
        return parts;
    }

    private static SubsampledLoss Loss(ReleaseGroup group, double tail, int knots)
    {
        // K Gaussian numbers are a Gaussian vector whose sensitivity is sqrt(K) times one number's.
        if (group.Release.Noise is GaussianLaw gaussian)
            return new SubsampledLoss(new ShiftPair(gaussian, Math.Sqrt(group.PerDraw)), group.SamplingRate);
        var pair = Pair(group.Release.Noise);
        if (group.PerDraw == 1)
            return new SubsampledLoss(pair, group.SamplingRate);
        if (group.PerDraw > SelfComposition.MostReleases)
            throw new BadInputException(FormattableString.Invariant(
                $"the PLD accountant takes at most {SelfComposition.MostReleases} releases per draw for noise that is not Gaussian, not {group.PerDraw}"));
        var (upper, lower) = SelfComposition.Of(pair, group.PerDraw, tail, knots);
        return new SubsampledLoss(upper, lower, group.PerDraw * pair.MaximumLoss, group.SamplingRate);
    }

    private static DominatingPair Pair(NoiseLaw law) => law switch
    {
        LatticeLaw lattice => new LatticePair(lattice),
        ContinuousLaw continuous => new ShiftPair(continuous, 1),
        _ => throw new BadInputException($"there is no dominating pair for {law.Description}"),
    };
}

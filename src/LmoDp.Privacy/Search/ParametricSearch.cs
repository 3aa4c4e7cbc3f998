using LmoDp.Privacy.Noise;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The best law of a family of few parameters for one target. Only shapes are searched: each candidate is compared at the scale at which it meets the target by <see cref="EpsilonEstimate"/>, and
/// the few that remain as certified lattice laws. No derivatives, fixed starts, one thread: the same input gives the same law.
/// </summary>
internal static class ParametricSearch
{
    /// <summary>Spread of the objective, relative, at which a simplex has converged.</summary>
    private const double Spread = 1e-7;

    private const int MostEvaluations = 250;

    /// <summary>Values that differ by less, relative, are equal: scales are known to half of it.</summary>
    private const double Equal = 2e-6;

    /// <summary>The best law of the family, on a lattice and certified; among equals the simplest.</summary>
    /// <param name="family">Any but <see cref="NoiseSearchFamily.Free"/>.</param>
    /// <param name="target">What it must meet.</param>
    /// <param name="objective">What makes a law better.</param>
    /// <param name="stepsPerSensitivity">m.</param>
    /// <returns>The law on the lattice, and the continuous law that was rounded.</returns>
    /// <exception cref="BadInputException">Every scale meets the target, or none does.</exception>
    public static (SearchedLattice Lattice, NoiseLaw Source) Lattice(NoiseSearchFamily family, SearchTarget target, Objective objective, int stepsPerSensitivity)
    {
        var certified = Candidates(family, target, objective).Select(law => (Lattice: SearchedLattice.Of(law, target, stepsPerSensitivity), Law: law));
        var (lattice, source) = Best(certified, found => found.Lattice.Law, objective);
        return (lattice, source.Scale(lattice.Scale));
    }

    /// <summary>The best law of the family, scaled so that it nearly meets the target.</summary>
    /// <param name="family">Any but <see cref="NoiseSearchFamily.Free"/>.</param>
    /// <param name="target">What it must meet.</param>
    /// <param name="objective">What makes a law better.</param>
    /// <exception cref="BadInputException">Every scale meets the target, or none does.</exception>
    public static ContinuousLaw Find(NoiseSearchFamily family, SearchTarget target, Objective objective) =>
        Best(Candidates(family, target, objective), law => law, objective);

    /// <summary>What comes later must be better by more than <see cref="Equal"/>.</summary>
    private static T Best<T>(IEnumerable<T> candidates, Func<T, NoiseLaw> law, Objective objective)
    {
        var handicap = objective.LargerIsBetter ? 1 - Equal : 1 + Equal;
        return candidates.Aggregate((best, next) => objective.Better(handicap * objective.Of(law(next)), objective.Of(law(best))) ? next : best);
    }

    /// <summary>Laws that nearly meet the target: the simplest members of the family, then the best one found.</summary>
    private static List<ContinuousLaw> Candidates(NoiseSearchFamily family, SearchTarget target, Objective objective)
    {
        var shapes = ShapeFamily.Of(family);
        var scale = new GuaranteedScale(target);
        List<ContinuousLaw> candidates = [.. shapes.Members.Select(scale.Of)];
        if (shapes.Starts.Count > 0)
            candidates.Add(Searched(shapes, scale, objective));
        return candidates;
    }

    /// <summary>A simplex (Nelder and Mead 1965) from every start, and a smaller one from the best point of all.</summary>
    private static ContinuousLaw Searched(ShapeFamily shapes, GuaranteedScale scale, Objective objective)
    {
        var (best, place, least) = (shapes.Members[0], shapes.Starts[0], double.PositiveInfinity);
        double At(Vector<double> x)
        {
            var law = scale.Of(shapes.Law(x.AsArray()));
            var badness = Badness(law, objective);
            if (badness < least)
                (best, place, least) = (law, x.ToArray(), badness);
            return badness;
        }
        void From(double[] start, double size)
        {
            try
            {
                var (at, edges) = (Vector<double>.Build.DenseOfArray(start), Vector<double>.Build.Dense(start.Length, size));
                NelderMeadSimplex.Minimum(ObjectiveFunction.Value(At), at, edges, Spread, MostEvaluations);
            }
            catch (MaximumIterationsException)
            {
                // The best point of all is kept, converged or not.
            }
        }
        foreach (var start in shapes.Starts)
            From(start, 0.5);
        From(place, 0.1);
        return best;
    }

    /// <summary>To be small, on a scale on which differences are relative; an infinite moment is merely very bad.</summary>
    private static double Badness(NoiseLaw law, Objective objective)
    {
        var log = Math.Log(objective.Of(law));
        return Math.Min(objective.LargerIsBetter ? -log : log, 1e3);
    }
}

using LmoDp.Privacy.Noise;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The best law of a family of few parameters for one target. Only shapes are searched: each candidate is compared at the scale at which it meets the target by <see cref="EpsilonEstimate"/>, and
/// the few that remain as certified lattice laws. Without derivatives, from fixed starts: the same input gives the same law.
/// </summary>
internal static class ParametricSearch
{
    /// <summary>Spread of the objective, relative, at which a simplex has converged.</summary>
    private const double Spread = 1e-7;

    private const int MostEvaluations = 250;

    /// <summary>The best law of the family, on a lattice and certified.</summary>
    /// <param name="family">Any but <see cref="NoiseSearchFamily.Free"/>.</param>
    /// <param name="target">What it must meet.</param>
    /// <param name="objective">What makes a law better.</param>
    /// <param name="stepsPerSensitivity">m.</param>
    public static SearchedLattice Lattice(NoiseSearchFamily family, SearchTarget target, Objective objective, int stepsPerSensitivity)
    {
        SearchedLattice? best = null;
        foreach (var shape in Candidates(family, target, objective))
        {
            var lattice = SearchedLattice.Of(shape, target, stepsPerSensitivity);
            if (best is null || objective.Better(objective.Of(lattice.Law), objective.Of(best.Law)))
                best = lattice;
        }
        return best!;
    }

    /// <summary>The best law of the family, scaled so that it nearly meets the target.</summary>
    /// <param name="family">Any but <see cref="NoiseSearchFamily.Free"/>.</param>
    /// <param name="target">What it must meet.</param>
    /// <param name="objective">What makes a law better.</param>
    public static ContinuousLaw Find(NoiseSearchFamily family, SearchTarget target, Objective objective)
    {
        ContinuousLaw? best = null;
        foreach (var law in Candidates(family, target, objective))
            if (best is null || objective.Better(objective.Of(law), objective.Of(best)))
                best = law;
        return best!;
    }

    /// <summary>Laws that nearly meet the target: the simplest members of the family, then the best one found.</summary>
    private static List<ContinuousLaw> Candidates(NoiseSearchFamily family, SearchTarget target, Objective objective)
    {
        var scale = new GuaranteedScale(target);
        return family switch
        {
            NoiseSearchFamily.Gaussian => [scale.Of(new GaussianLaw(1))],
            NoiseSearchFamily.Laplace => [scale.Of(new LaplaceLaw(1))],
            NoiseSearchFamily.GeneralisedGaussian => [scale.Of(Power(1)), scale.Of(Power(2)), GeneralisedGaussian(scale, objective)],
            NoiseSearchFamily.Lmo => [scale.Of(LmoShape.Laplace), Lmo(scale, objective)],
            _ => throw new ArgumentOutOfRangeException(nameof(family), family, "not a family of few parameters"),
        };
    }

    private static GeneralisedGaussianLaw Power(double power) => new(1, power);

    /// <summary>Golden section over p: the objective has one valley there.</summary>
    private static ContinuousLaw GeneralisedGaussian(GuaranteedScale scale, Objective objective)
    {
        var found = GoldenSectionMinimizer.Minimum(ObjectiveFunction.ScalarValue(p => Badness(scale.Of(Power(p)), objective)), 1, 2, 1e-4, 100, 1, 1);
        return scale.Of(Power(found.MinimizingPoint));
    }

    /// <summary>A simplex (Nelder and Mead) from every start, and one more from the best end.</summary>
    private static ContinuousLaw Lmo(GuaranteedScale scale, Objective objective)
    {
        (ContinuousLaw? Law, Vector<double>? At, double Badness) best = (null, null, double.PositiveInfinity);
        double At(Vector<double> x)
        {
            var law = scale.Of(LmoShape.Law(x.ToArray()));
            var badness = Badness(law, objective);
            if (badness < best.Badness)
                best = (law, x.Clone(), badness);
            return badness;
        }
        void From(Vector<double> start, double size)
        {
            try
            {
                NelderMeadSimplex.Minimum(ObjectiveFunction.Value(At), start, Vector<double>.Build.Dense(LmoShape.Dimension, size), Spread, MostEvaluations);
            }
            catch (MaximumIterationsException)
            {
                // The best point so far is kept.
            }
        }
        foreach (var start in LmoShape.Starts)
            From(Vector<double>.Build.DenseOfArray(start), 1);
        From(best.At!, 0.3);
        return best.Law!;
    }

    /// <summary>To be small, on a scale on which differences are relative; an infinite moment is merely very bad.</summary>
    private static double Badness(NoiseLaw law, Objective objective)
    {
        var log = Math.Log(objective.Of(law));
        return Math.Min(objective.LargerIsBetter ? -log : log, 1e3);
    }
}

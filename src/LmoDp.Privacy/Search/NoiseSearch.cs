using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>Finds the best noise of any shape for one target, offline, and certifies it.</summary>
public static class NoiseSearch
{
    /// <summary>How close below the target the certified epsilon must come, relative to it.</summary>
    private const double Closeness = 2e-5;

    private const double CertificateWidth = 1e-5;

    private const int MostAttempts = 8;

    internal static Action<string>? Log;

    internal static (LatticeLaw Law, Bounds Epsilon, double Value, double LowerBound, string Renyi) Free(SearchTarget target, Objective objective, ContinuousLaw shape, int? stepsPerSensitivity)
    {
        var start = FrameStart.Of(shape, target, objective, stepsPerSensitivity);
        var search = new FreeSearch(target, start.Frame);
        var delta = target.Delta * (1 - 1e-7);
        var renyi = "";
        if (target.Steps > 1)
        {
            var (solution, order) = search.Renyi(start.Weights, start.Wider);
            renyi = $"order {order} value {objective.FromMeanCost(solution.Cost)} bound {objective.FromMeanCost(solution.LowerBound)}";
            Log?.Invoke(renyi);
        }
        var weights = start.Weights;
        (LatticeLaw Law, Bounds Epsilon, double Value, double LowerBound)? best = null;
        for (var attempt = 0; attempt < MostAttempts; attempt++)
        {
            var result = search.Solve(weights, start.Wider, delta);
            var law = LatticeRounding.FromWeights(result.Weights, start.Frame.TailRatio, start.Frame.StepsPerSensitivity);
            var epsilon = PldAccountant.Epsilon(target.With(law), target.Delta, CertificateWidth);
            var value = objective.Of(law);
            Log?.Invoke($"attempt {attempt} value {value} eps {epsilon.Upper} {epsilon.Lower} lower {objective.FromMeanCost(result.LowerBound)} slope {result.Slope}");
            if (epsilon.Upper <= target.Epsilon)
            {
                if (best is null || objective.Better(value, best.Value.Value))
                    best = (law, epsilon, value, objective.FromMeanCost(result.LowerBound));
                if (epsilon.Upper >= target.Epsilon * (1 - Closeness))
                    break;
            }
            delta *= Math.Exp(result.Slope * (target.Epsilon * (1 - Closeness / 4) - epsilon.Upper));
            weights = result.Weights;
        }
        return best is { } found ? (found.Law, found.Epsilon, found.Value, found.LowerBound, renyi) : throw new BadInputException("the search found no certified noise");
    }
}

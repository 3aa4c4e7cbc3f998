using LmoDp.Privacy.Accounting;

namespace LmoDp.Training.Runs;

/// <summary>
/// Upper bounds on the epsilon of the first steps of a plan, for showing progress. An account may take a second, so one is made for every tenth of the schedule, and steps in between are shown the next one.
/// </summary>
/// <param name="plan">The plan.</param>
internal sealed class SpentEpsilon(PrivacyPlan plan)
{
    private const int Stages = 10;

    private readonly Dictionary<long, double> known = [];

    /// <summary>Of a number of steps, or a few more.</summary>
    public double After(long steps)
    {
        var stage = (plan.Steps + Stages - 1) / Stages;
        var end = Math.Min((steps + stage - 1) / stage * stage, Math.Max(plan.Steps, steps));
        if (!known.TryGetValue(end, out var epsilon))
            known.Add(end, epsilon = plan.EpsilonAfter(end).Upper);
        return epsilon;
    }
}

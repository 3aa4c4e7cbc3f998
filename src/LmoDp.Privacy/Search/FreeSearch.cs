using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The best law of a <see cref="LatticeFrame"/> for one target, of any symmetric unimodal shape. One release is a linear programme. For T releases the composed delta is not convex in the law, but
/// it is one release's divergence against the profile of the other T - 1, and that is: the search solves the convex programme for the profile of the law found last, until the law no longer
/// changes. There the conditions of Karush, Kuhn and Tucker hold for the composed delta itself, to within the programme's duality gap (docs/noise-search.md).
/// </summary>
/// <param name="target">What the law must meet.</param>
/// <param name="frame">Lattice, tail and cost.</param>
internal sealed class FreeSearch(SearchTarget target, LatticeFrame frame)
{
    private const int MostRounds = 24;

    private const int RenyiRounds = 4;

    /// <summary>The multiplier found last, where the next solution starts.</summary>
    private double? price;

    /// <summary>-d log cost / d log delta of laws that differ in scale.</summary>
    private double? exchange;

    private readonly LatticePairs pairs = new(frame, target.SamplingRate, Adjacency.Remove);

    /// <summary>What is found, and how far from the programme's optimum it can be.</summary>
    /// <param name="Weights">w_0, ..., w_K.</param>
    /// <param name="Cost">Mean cost.</param>
    /// <param name="LowerBound">On the mean cost, of the last programme; for one release no law of the frame costs less.</param>
    /// <param name="Slope">-d log delta / d epsilon there.</param>
    internal readonly record struct Result(double[] Weights, double Cost, double LowerBound, double Slope);

    /// <summary>The law of least cost whose composed delta at the target's epsilon is the given one, to some 1e-5.</summary>
    /// <param name="start">A law of the frame that nearly meets the target.</param>
    /// <param name="wider">A somewhat wider one, within it.</param>
    /// <param name="delta">Near the target's.</param>
    public Result Solve(double[] start, double[] wider, double delta) => target.Steps == 1 ? One(wider, delta) : Composed(start, wider, delta);

    private Result One(double[] start, double delta)
    {
        var solution = new UnimodalProgramme(pairs, new HockeyStickBarrier(target.Epsilon, delta)).Solve(start);
        return new Result(solution.Weights, solution.Cost, solution.LowerBound, Slope(solution.Weights));
    }

    private double Slope(double[] weights)
    {
        var (losses, masses) = pairs.Losses(weights);
        return new LossSketch([(losses, masses, target.Steps)]).ForEpsilon(target.Epsilon).Theta;
    }

    private Result Composed(double[] start, double[] wider, double delta)
    {
        var (at, change) = (Look(start, delta, FirstSmoothing), 1.0);
        price ??= Price(at.Profile, start, wider);
        if (exchange is null)
        {
            var there = Look(wider, delta, FirstSmoothing);
            exchange = Math.Log(there.Cost / at.Cost) / (at.Excess - there.Excess);
        }
        var lastExcess = double.NaN;
        for (var round = 1; ; round++)
        {
            // As if delta were a T-th power, over-relaxed where the last round left a good part of the excess; at the fixed point neither makes a difference.
            var relaxation = at.Excess / lastExcess is > 0.2 and < 1 ? 1.5 : 1;
            var bound = delta * Math.Exp(at.Excess * (1 - relaxation / target.Steps)) - at.Profile.Floor;
            var term = new DivergencePrice(at.Profile, bound, price.Value);
            var last = change < Change || round == MostRounds;
            var solution = new UnimodalProgramme(pairs, term).Solve(
                at.Weights, Math.Clamp(100 * change, 1e-3, UnimodalProgramme.FirstGap), last ? UnimodalProgramme.LeastGap : Math.Clamp(change / 3, UnimodalProgramme.LeastGap, 1e-3));
            price = term.Price;
            if (last || Step(at, solution.Weights, delta, FirstSmoothing * Math.Pow(0.8, round)) is not { } next)
                return new Result(at.Weights, at.Cost, Math.Min(solution.LowerBound, at.Cost), Slope(at.Weights));
            change = Math.Abs(next.Cost / at.Cost - 1) + Math.Abs(next.Excess) / 100;
            (lastExcess, at) = (at.Excess, next);
        }
    }

    /// <summary>A law, the profile of the other steps with the same law, and the logarithm of what the composed delta exceeds the wanted one by.</summary>
    private readonly record struct Point(double[] Weights, ComposedProfile Profile, double Cost, double Excess);

    private Point Look(double[] weights, double delta, double smoothing)
    {
        var (losses, masses) = pairs.Losses(weights);
        var profile = new ComposedProfile(losses, masses, target.Steps - 1, target.Epsilon, smoothing);
        return new Point(weights, profile, LatticeFrame.Dot(frame.Costs, weights), Math.Log((profile.Floor + Divergence(profile, weights)) / delta));
    }

    /// <summary>
    /// The programme's solution, or as much of the way to it as is an improvement: where the steps are few, its divergence is no good likeness of the composed delta far away. What counts is the
    /// cost at equal delta, to first order.
    /// </summary>
    private Point? Step(Point from, double[] to, double delta, double smoothing)
    {
        var rate = Math.Abs(from.Excess) < 0.1 ? price!.Value * delta / (target.Steps * from.Cost) : exchange!.Value;
        double Merit(Point point) => Math.Log(point.Cost) + rate * point.Excess;
        for (var share = 1.0; share > 0.01; share /= 2)
        {
            var next = Look([.. from.Weights.Zip(to, (old, best) => old + share * (best - old))], delta, smoothing);
            if (Merit(next) < Merit(from) + Slack)
                return next;
        }
        return null;
    }

    /// <summary>The smoothing of the first profile; it falls from round to round.</summary>
    private const double FirstSmoothing = 0.05;

    /// <summary>What a step may lose: near the fixed point the exchange of cost for delta is known only to first order.</summary>
    private const double Slack = 0.005;

    /// <summary>The relative change of the cost from round to round, and a hundredth of that of delta, at which the next round is the last.</summary>
    private const double Change = 1e-5;

    /// <summary>
    /// The law of least cost under the Rényi accountant's bound, and the order at which that is so: what a search gives that goes no further. Its conversion is that of Canonne, Kamath and Steinke
    /// (2020, Proposition 12).
    /// </summary>
    public (UnimodalProgramme.Solution Solution, double Order) Renyi(double[] start, double[] wider)
    {
        var (weights, momentPrice) = (start, double.NaN);
        for (var round = 1; ; round++)
        {
            var (losses, masses) = pairs.Losses(weights);
            var order = 1 + new LossSketch([(losses, masses, target.Steps)]).ForDelta(target.Delta).Theta;
            var moment = new RenyiMoment(order);
            if (round == 1)
                momentPrice = Price(moment, weights, wider);
            var logMoment = (order - 1) * (target.Epsilon - Elementary.Log1p(-1 / order)) + Math.Log(target.Delta) + Math.Log(order);
            var term = new DivergencePrice(moment, Elementary.Expm1(logMoment / target.Steps), momentPrice);
            var solution = new UnimodalProgramme(pairs, term).Solve(weights, lastGap: round == RenyiRounds ? UnimodalProgramme.LeastGap : 1e-3);
            if (round == RenyiRounds)
                return (solution, order);
            (weights, momentPrice) = (solution.Weights, term.Price);
        }
    }

    private double Divergence(ConvexDivergence divergence, double[] weights) => new UnimodalProgramme(pairs, new DivergencePrice(divergence, 1, 1)).Divergence(weights);

    /// <summary>What less of the divergence costs on the way to the wider law.</summary>
    private double Price(ConvexDivergence divergence, double[] weights, double[] wider) =>
        (LatticeFrame.Dot(frame.Costs, wider) - LatticeFrame.Dot(frame.Costs, weights)) / Math.Max(Divergence(divergence, weights) - Divergence(divergence, wider), 1e-300);
}

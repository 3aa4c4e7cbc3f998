using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Search;

/// <summary>
/// The best law of a <see cref="LatticeFrame"/> for one target, of any symmetric unimodal shape. One release is a linear programme. For T releases the composed delta is not convex in the law, but
/// it is one release's divergence against the profile of the other T - 1, and that is: the search solves the convex programme for the profile of the law found last, until the law no longer
/// changes. There the conditions of Karush, Kuhn and Tucker hold for the composed delta itself, to within the programme's duality gap (docs/noise-search.md).
/// </summary>
/// <param name="target">What the law must meet, to some 1e-5 in delta.</param>
/// <param name="start">The lattice, and a law on it that nearly meets the target.</param>
internal sealed class FreeSearch(SearchTarget target, FrameStart start)
{
    private const int MostRounds = 24;

    private const int RenyiRounds = 4;

    /// <summary>The smoothing of the first profile; it falls by a fifth from round to round.</summary>
    private const double FirstSmoothing = 0.05;

    /// <summary>The relative change of the cost from round to round, and what the rest of the excess in delta is worth, at which the next round is the last.</summary>
    private const double Change = 1e-5;

    /// <summary>What a step may lose: near the fixed point the exchange of cost for delta is known only to first order.</summary>
    private const double Slack = 0.005;

    /// <summary>A step that multiplies delta by more than e^2 leaves the region that its programme describes.</summary>
    private const double MostExcess = 2;

    /// <summary>Rounds without an improvement of <see cref="Change"/> after which the search ends.</summary>
    private const int MostStale = 3;

    private readonly LatticeFrame frame = start.Frame;
    private readonly LatticePairs pairs = Worse(target, start);

    /// <summary>The pair of the direction, removal or addition, that costs more with the start; the certificate covers both.</summary>
    private static LatticePairs Worse(SearchTarget target, FrameStart start)
    {
        double Delta(LatticePairs pairs)
        {
            if (target.Steps == 1)
                return new UnimodalProgramme(pairs, new HockeyStickBarrier(target.Epsilon, target.Delta)).Divergence(start.Weights);
            var (losses, masses) = pairs.Losses(start.Weights);
            var profile = new ComposedProfile(losses, masses, target.Steps - 1, target.Epsilon);
            return profile.Floor + new UnimodalProgramme(pairs, new DivergencePrice(profile, double.NaN, double.NaN)).Divergence(start.Weights);
        }
        LatticePairs removal = new(start.Frame, target.SamplingRate, Adjacency.Remove), addition = new(start.Frame, target.SamplingRate, Adjacency.Add);
        return target.SamplingRate < 1 && Delta(addition) > Delta(removal) ? addition : removal;
    }

    /// <summary>What is found.</summary>
    /// <param name="Weights">w_0, ..., w_K.</param>
    /// <param name="LowerBound">On the mean cost, of the last programme; for one release no law of the frame that meets the target costs less.</param>
    internal readonly record struct Result(double[] Weights, double LowerBound);

    /// <summary>Searches.</summary>
    public Result Find() => target.Steps == 1 ? OneRelease() : Composition();

    private Result OneRelease()
    {
        var solution = new UnimodalProgramme(pairs, new HockeyStickBarrier(target.Epsilon, target.Delta)).Solve(start.Wider);
        return new Result(solution.Weights, solution.LowerBound);
    }

    private Result Composition()
    {
        var at = Look(start.Weights, FirstSmoothing);
        var price = Price(at.Profile);
        var exchange = Exchange(at);
        var (change, lastExcess, best, stale) = (1.0, double.NaN, double.PositiveInfinity, 0);
        for (var round = 1; ; round++)
        {
            // As if delta were a T-th power, over-relaxed where the last round left a good part of the excess; at the fixed point neither makes a difference.
            var relaxation = at.Excess / lastExcess is > 0.2 and < 1 ? 1.5 : 1;
            var bound = target.Delta * Math.Exp(at.Excess * (1 - relaxation / target.Steps)) - at.Profile.Floor;
            var term = new DivergencePrice(at.Profile, bound, price);
            var last = change < Change || stale == MostStale || round == MostRounds;
            var solution = new UnimodalProgramme(pairs, term).Solve(
                at.Weights, Math.Clamp(100 * change, 1e-3, UnimodalProgramme.FirstGap), last ? UnimodalProgramme.LeastGap : Math.Clamp(change / 3, UnimodalProgramme.LeastGap, 1e-3));
            price = term.Price;
            if (Math.Abs(at.Excess) < 1)
                exchange = price * target.Delta * Math.Exp(at.Excess) / (target.Steps * at.Cost);
            if (last || Step(at, solution.Weights, exchange, FirstSmoothing * Math.Pow(0.8, round)) is not { } next)
                return new Result(at.Weights, Math.Min(solution.LowerBound, at.Cost));
            change = Math.Abs(next.Cost / at.Cost - 1) + exchange * Math.Abs(next.Excess);
            (lastExcess, at) = (at.Excess, next);
            var merit = Math.Log(at.Cost) + exchange * at.Excess;
            (best, stale) = merit < best - Change ? (merit, 0) : (best, stale + 1);
        }
    }

    /// <summary>A law, its mean cost, the profile of the other steps with the same law, and the logarithm of composed over wanted delta.</summary>
    private readonly record struct Point(double[] Weights, double Cost, ComposedProfile Profile, double Excess);

    private Point Look(double[] weights, double smoothing)
    {
        var (losses, masses) = pairs.Losses(weights);
        var profile = new ComposedProfile(losses, masses, target.Steps - 1, target.Epsilon, smoothing);
        return new Point(weights, LatticeFrame.Dot(frame.Costs, weights), profile, Math.Log((profile.Floor + Divergence(profile, weights)) / target.Delta));
    }

    /// <summary>
    /// The programme's solution, or as much of the way to it as is an improvement: where the steps are few, its divergence is no good likeness of the composed delta far away. What counts is the
    /// cost at equal delta.
    /// </summary>
    /// <param name="from"></param>
    /// <param name="to"></param>
    /// <param name="exchange">-d log cost / d log delta.</param>
    /// <param name="smoothing"></param>
    private Point? Step(Point from, double[] to, double exchange, double smoothing)
    {
        for (var share = 1.0; share > 0.01; share /= 2)
        {
            var next = Look([.. from.Weights.Zip(to, (old, best) => old + share * (best - old))], smoothing);
            if (next.Excess < Math.Max(from.Excess, MostExcess) && Math.Log(next.Cost / from.Cost) + exchange * (next.Excess - from.Excess) < Slack)
                return next;
        }
        return null;
    }

    /// <summary>-d log cost / d log delta of laws that differ in scale.</summary>
    private double Exchange(Point at)
    {
        var wider = Look(start.Wider, FirstSmoothing);
        return Math.Log(wider.Cost / at.Cost) / (at.Excess - wider.Excess);
    }

    /// <summary>
    /// The law of least cost under the Rényi accountant's bound, and the order at which that is so: what a search gives that goes no further. Its conversion is that of Canonne, Kamath and Steinke
    /// (2020, Proposition 12).
    /// </summary>
    public (UnimodalProgramme.Solution Solution, double Order) Renyi()
    {
        var (weights, price) = (start.Weights, double.NaN);
        for (var round = 1; ; round++)
        {
            var (losses, masses) = pairs.Losses(weights);
            var order = 1 + new LossSketch([(losses, masses, target.Steps)]).ForDelta(target.Delta).Theta;
            var moment = new RenyiMoment(order);
            if (round == 1)
                price = Price(moment);
            var logMoment = (order - 1) * (target.Epsilon - Elementary.Log1p(-1 / order)) + Math.Log(target.Delta) + Math.Log(order);
            var term = new DivergencePrice(moment, Elementary.Expm1(logMoment / target.Steps), price);
            var solution = new UnimodalProgramme(pairs, term).Solve(weights, lastGap: round == RenyiRounds ? UnimodalProgramme.LeastGap : 1e-3);
            if (round == RenyiRounds)
                return (solution, order);
            (weights, price) = (solution.Weights, term.Price);
        }
    }

    private double Divergence(ConvexDivergence divergence, double[] weights) => new UnimodalProgramme(pairs, new DivergencePrice(divergence, double.NaN, double.NaN)).Divergence(weights);

    /// <summary>What less of the divergence costs on the way from the start to the wider law.</summary>
    private double Price(ConvexDivergence divergence) =>
        (LatticeFrame.Dot(frame.Costs, start.Wider) - LatticeFrame.Dot(frame.Costs, start.Weights))
        / Math.Max(Divergence(divergence, start.Weights) - Divergence(divergence, start.Wider), 1e-300);
}

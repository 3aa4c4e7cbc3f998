using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>One adjacency direction of a composition, accounted on finer and finer grids.</summary>
internal sealed class AdjacencyAccount
{
    private const int SketchSize = 1200;

    private readonly IReadOnlyList<(SubsampledLoss Loss, long Times)> parts;
    private readonly Adjacency adjacency;

    public AdjacencyAccount(IReadOnlyList<(SubsampledLoss Loss, long Times)> parts, Adjacency adjacency)
    {
        this.parts = parts;
        this.adjacency = adjacency;
    }

    /// <summary>Bounds on epsilon(delta), 0 &lt; delta &lt; 1.</summary>
    /// <param name="delta">Target.</param>
    /// <param name="width">Relative width of the bracket to aim at.</param>
    /// <param name="maxLogSize">log2 of the largest transform allowed.</param>
    public Bounds Epsilon(double delta, double width, int maxLogSize)
    {
        // What may be cut depends on the slope of log delta, and that, as far as Chernoff's bound tells it, on what is cut.
        var (cut, theta, estimate) = (SmallestCut, 0.0, 0.0);
        (double Upper, double Lower)[] tails = [];
        LossSketch sketch = null!;
        for (var i = 0; i < 3; i++)
        {
            tails = Tails(cut * delta);
            sketch = Sketch(tails);
            (theta, estimate) = sketch.ForDelta(delta);
            estimate = Math.Max(estimate, 1e-6 * Math.Min(1, sketch.StandardDeviation(theta)));
            if (found is { } known)
                (theta, estimate) = known;
            var next = Math.Clamp(CutShare * theta * estimate * width, SmallestCut, LargestCut);
            if (next < 3 * cut)
                break;
            cut = next;
        }
        var composed = Compose(tails, sketch, new Aim(theta, estimate, Math.Log(delta), width * estimate), maxLogSize);
        var tolerance = Math.Min(1e-2 * width, 1e-6);
        var upper = Root.Of(composed.Upper, delta, estimate, tolerance).Above;
        var lower = Root.Of(composed.Lower, delta, Math.Min(upper, 2 * estimate), tolerance, 10 * tolerance).Below;
        if (upper > 0 && double.IsFinite(upper))
            found = (Math.Clamp(Math.Log(delta / Math.Max(composed.Upper(1.01 * upper), 1e-320)) / (0.01 * upper), LossSketch.MinTheta, LossSketch.MaxTheta), upper);
        return new Bounds(upper * (1 + 1e-14), lower * (1 - 1e-14));
    }

    /// <summary>Slope of -log delta and epsilon where an earlier, coarser look found them.</summary>
    private (double Slope, double Epsilon)? found;

    /// <summary>Part of the wanted accuracy that cut tails may cost.</summary>
    private const double CutShare = 0.01;

    private const double SmallestCut = 1e-9, LargestCut = 1e-3;

    /// <summary>Bounds on delta(epsilon), epsilon &gt;= 0 finite.</summary>
    /// <param name="epsilon">Target.</param>
    /// <param name="width">Relative width of the bracket to aim at.</param>
    /// <param name="maxLogSize">log2 of the largest transform allowed.</param>
    public Bounds Delta(double epsilon, double width, int maxLogSize)
    {
        if (epsilon >= parts.Sum(part => part.Times * part.Loss.Maximum(adjacency)) * (1 + 1e-12))
            return Bounds.Exactly(0);
        var sketch = Sketch(Tails(1e-29));
        var (theta, logDelta) = sketch.ForEpsilon(epsilon);
        logDelta = foundLogDelta ?? logDelta - Math.Log(1 + 3 * theta * sketch.StandardDeviation(theta));
        var tails = Tails(Math.Clamp(CutShare * width * Math.Exp(logDelta), 1e-299, 0.5));
        sketch = Sketch(tails);
        theta = sketch.ForEpsilon(epsilon).Theta;
        var composed = Compose(tails, sketch, new Aim(theta, epsilon, logDelta, width / theta), maxLogSize);
        var (upper, lower) = (composed.Upper(epsilon * (1 - 1e-14)), composed.Lower(epsilon * (1 + 1e-14)));
        if (upper > 0)
            foundLogDelta = Math.Log(lower > 0 ? lower : upper);
        return new Bounds(upper, lower);
    }

    private double? foundLogDelta;

    /// <summary>For each part the unsampled losses where the upper and the lower tail are cut: what lies above costs delta, what lies below is raised.</summary>
    private (double Upper, double Lower)[] Tails(double mass)
    {
        var share = Math.Max(mass / parts.Sum(part => (double)part.Times), 1e-306);
        return [.. parts.Select(part => Cut(part.Loss, share))];
    }

    private static (double Upper, double Lower) Cut(SubsampledLoss loss, double share)
    {
        var upper = loss.UpperTail(share);
        return (upper, loss.IsSymmetric ? loss.LowerTail(Math.Min(share, 1e-20)) : loss.LowerTail(share));
    }

    private LossSketch Sketch((double Upper, double Lower)[] tails) => new([.. parts.Select((part, g) =>
    {
        var (losses, masses) = part.Loss.Sketch(tails[g].Upper, SketchSize, adjacency);
        return (losses, masses, part.Times);
    })]);

    /// <summary>About how many cells all grids may have together: a few hundred bytes each while they are filled.</summary>
    private const int MostCells = 1 << 19;

    /// <summary>Where the composed loss is of interest: slope of -log delta there, epsilon, Chernoff's log delta, and the wanted distance, in epsilon, of the two bounds.</summary>
    private readonly record struct Aim(double Slope, double Epsilon, double LogDelta, double Width);

    /// <param name="tails">Cuts of the unsampled losses.</param>
    /// <param name="sketch">What the choices rest on.</param>
    /// <param name="aim">What is asked for.</param>
    /// <param name="maxLogSize">log2 of the largest transform allowed.</param>
    private BracketedLoss Compose((double Upper, double Lower)[] tails, LossSketch sketch, Aim aim, int maxLogSize)
    {
        var ranges = parts.Select((part, g) => part.Loss.Range(tails[g].Upper, tails[g].Lower, adjacency)).ToArray();
        var range = ranges.Max(ends => ends.Last - ends.First);
        // A steeper slope than 1 / width only sharpens what is already narrower than wanted, and leaves nothing but an atom.
        aim = aim with { Slope = Math.Min(aim.Slope, 1 / aim.Width) };
        // Both bounds are off by a variance of at most h^2 / 8 a step, which moves epsilon by (slope + 1) / 2 times as much and the bracket by about (slope + 1) h^2 / 8.
        // Neither is it ever off by more than h a step.
        var total = parts.Sum(part => (double)part.Times);
        var step = Math.Max(Math.Sqrt(6.5 * aim.Width / ((aim.Slope + 1) * total)), aim.Width / total);
        var (theta, begin, end, slopeBelow, slopeAbove) = Tilt(sketch, aim, range, step);
        step = Math.Min(step, Math.Min(range, end - begin) / 64);
        step = Math.Max(step, (end - begin) / (1 << maxLogSize) * 1.001);
        step = Aligned(step);
        var logSize = Math.Clamp((int)Math.Ceiling(Math.Log2((end - begin) / step + 4)), 6, maxLogSize + 1);
        // The room that rounding up to a power of two leaves is shared by both sides.
        var spare = ((1L << logSize) * step - (end - begin)) / 2;
        var window = new LossWindow((long)Math.Floor((begin - spare) / step), logSize, slopeBelow, slopeAbove);
        var losses = new List<RepeatedLoss>();
        var logKept = 0.0;
        for (var g = 0; g < parts.Count; g++)
        {
            var (loss, times) = parts[g];
            var grid = LossGrid.Along(step, ranges[g].First, ranges[g].Last, sketch.Tilted(g, aim.Slope, aim.Epsilon + 3 / aim.Slope), 0.5 / (aim.Slope + 1), Math.Min(1 << maxLogSize, MostCells / parts.Count));
            var (dominating, dominated) = loss.OnGrid(grid, adjacency);
            logKept += times * Elementary.Log1p(-Math.Min(dominating.Infinity, 1 - 1e-16));
            losses.Add(new RepeatedLoss(dominating, dominated, times));
        }
        var infinite = -Elementary.Expm1(logKept * (1 + 1e-12));
        var (upper, lower) = ComposedLoss.Of(losses, theta, window);
        return new BracketedLoss(upper, lower, infinite);
    }

    /// <summary>
    /// The tilt and the window. The tilt with the least Chernoff bound conditions the sum best, but where few large losses decide, it makes the window wide: what it weighs up
    /// is mostly beyond epsilon. Any smaller tilt serves as well while rounding, amplified by the excess of its Chernoff bound over delta, stays below what is wanted.
    /// </summary>
    private (double Theta, double Begin, double End, double SlopeBelow, double SlopeAbove) Tilt(LossSketch sketch, Aim aim, double range, double step)
    {
        var total = parts.Sum(part => (double)part.Times);
        var largestExcess = Math.Log(0.02 * aim.Width * aim.Slope / (5000 * Unit * Math.Sqrt(total)));
        var best = Window(aim.Slope);
        var excess = Excess(aim.Slope);
        for (var theta = 0.8 * aim.Slope; theta > 0.02 * aim.Slope && best.End - best.Begin > 4096 * step; theta *= 0.8)
        {
            var nextExcess = Excess(theta);
            if (nextExcess > Math.Max(largestExcess, excess))
                break;
            var next = Window(theta);
            if (excess <= largestExcess && next.End - next.Begin > 1.1 * (best.End - best.Begin))
                break;
            if (excess > largestExcess || next.End - next.Begin < best.End - best.Begin)
                (best, excess) = (next, nextExcess);
        }
        return best;

        double Excess(double theta) => sketch.LogMoment(theta) - theta * aim.Epsilon + LossSketch.LogLargestWeight(theta) - aim.LogDelta;

        (double Theta, double Begin, double End, double SlopeBelow, double SlopeAbove) Window(double theta)
        {
            var deviation = Math.Max(sketch.StandardDeviation(theta), 1e-6 * range);
            // log of the tilted mass beyond the window that is allowed: a small part of the wanted accuracy of what is added up above epsilon.
            var weight = -Math.Log(1 + theta * deviation) - Math.Log(1 + theta) - LossSketch.LogLargestWeight(theta) - Math.Max(Excess(theta), 0);
            var logTail = Math.Min(Math.Max(weight, -40), 0) + Math.Clamp(Math.Log(0.003 * aim.Width * aim.Slope), -21, -7);
            var (end, slopeAbove) = sketch.Tail(theta, deviation, logTail, 1);
            var (begin, slopeBelow) = sketch.Tail(theta, deviation, logTail, -1);
            var margin = 0.02 * (end - begin);
            return (theta, begin - margin, end + margin, slopeBelow, slopeAbove);
        }
    }

    private const double Unit = 1.1102230246251565e-16;

    /// <summary>
    /// A slightly smaller step with the largest loss on the grid, where there is a largest loss: it often carries an atom. It is placed a hair above its knot, so that no rounding
    /// can place it below.
    /// </summary>
    private double Aligned(double step)
    {
        var maximum = parts.Max(part => part.Loss.Maximum(adjacency));
        var count = Math.Ceiling(maximum / step);
        return count < 1e9 ? maximum / count * (1 - 1e-13) : step;
    }
}

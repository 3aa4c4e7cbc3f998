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
    /// <param name="maxLogSize">log2 of the largest grid and transform allowed.</param>
    public Bounds Epsilon(double delta, double width, int maxLogSize)
    {
        var tails = Tails(delta);
        var sketch = Sketch(tails);
        var (theta, estimate) = sketch.ForDelta(delta);
        estimate = Math.Max(estimate, 1e-6 * Math.Min(1, sketch.StandardDeviation(theta)));
        var composed = Compose(tails, sketch, theta, width * estimate, maxLogSize);
        var tolerance = 1e-3 * width;
        var upper = Solve(epsilon => composed.Delta(epsilon).Upper, delta, estimate, tolerance).Above;
        var lower = Solve(epsilon => composed.Delta(epsilon).Lower, delta, estimate, tolerance).Below;
        return new Bounds(upper * (1 + 1e-14), lower * (1 - 1e-14));
    }

    /// <summary>Bounds on delta(epsilon), epsilon &gt;= 0 finite.</summary>
    /// <param name="epsilon">Target.</param>
    /// <param name="width">Relative width of the bracket to aim at.</param>
    /// <param name="maxLogSize">log2 of the largest grid and transform allowed.</param>
    public Bounds Delta(double epsilon, double width, int maxLogSize)
    {
        var sketch = Sketch(Tails(1e-20));
        var (theta, logDelta) = sketch.ForEpsilon(epsilon);
        var tails = Tails(Math.Clamp(Math.Exp(logDelta) / (1 + 3 * theta * sketch.StandardDeviation(theta)), 1e-290, 0.5));
        sketch = Sketch(tails);
        theta = sketch.ForEpsilon(epsilon).Theta;
        var composed = Compose(tails, sketch, theta, width / theta, maxLogSize);
        var upper = composed.Delta(epsilon * (1 - 1e-14)).Upper;
        return new Bounds(upper, composed.Delta(epsilon * (1 + 1e-14)).Lower);
    }

    /// <summary>For each part the unsampled losses where the upper and the lower tail are cut: what lies above costs delta, what lies below is raised.</summary>
    private (double Upper, double Lower)[] Tails(double delta)
    {
        var share = Math.Max(1e-9 * delta / parts.Sum(part => (double)part.Times), 1e-306);
        return [.. parts.Select(part => Cut(part.Loss, share))];
    }

    private static (double Upper, double Lower) Cut(SubsampledLoss loss, double share)
    {
        var upper = loss.TailPoint(share, underP: true);
        return (upper, loss.IsSymmetric ? loss.TailPoint(Math.Min(share, 1e-20), underP: false) : upper);
    }

    private LossSketch Sketch((double Upper, double Lower)[] tails)
    {
        var pieces = new List<(double[], double[], long)>();
        for (var g = 0; g < parts.Count; g++)
        {
            var (losses, removal, addition) = parts[g].Loss.Sketch(tails[g].Upper, SketchSize);
            if (adjacency == Adjacency.Remove)
                pieces.Add((losses, removal, parts[g].Times));
            else
                pieces.Add(([.. losses.Select(loss => -loss)], addition, parts[g].Times));
        }
        return new LossSketch(pieces);
    }

    /// <param name="tails">Cuts of the unsampled losses.</param>
    /// <param name="sketch">What the choices rest on.</param>
    /// <param name="theta">Tilt.</param>
    /// <param name="width">Wanted distance, in epsilon, between the two bounds.</param>
    /// <param name="maxLogSize">log2 of the largest grid and transform allowed.</param>
    private ComposedBounds Compose((double Upper, double Lower)[] tails, LossSketch sketch, double theta, double width, int maxLogSize)
    {
        var range = parts.Select((part, g) => part.Loss.Subsampled(tails[g].Upper) - part.Loss.Subsampled(-tails[g].Lower)).Max();
        // A steeper tilt than 1 / width only sharpens what is already narrower than wanted, and leaves nothing but an atom.
        theta = Math.Min(theta, 1 / width);
        var deviation = Math.Max(sketch.StandardDeviation(theta), 1e-6 * range);
        var weight = Math.Max(-Math.Log(1 + theta * deviation), -25) - Math.Log(1 + theta) - LossSketch.LogLargestWeight(theta);
        var logTail = Math.Min(weight, 0) - 21;
        var (end, slopeAbove) = sketch.Tail(theta, deviation, logTail, 1);
        var (begin, slopeBelow) = sketch.Tail(theta, deviation, logTail, -1);
        var margin = 0.02 * (end - begin);
        (begin, end) = (begin - margin, end + margin);

        // Both bounds are off by a variance of at most h^2 / 8 a step, which moves epsilon by (theta + 1) / 2 times as much and the bracket by about (theta + 1) h^2 / 8.
        // Neither is it ever off by more than h a step.
        var total = parts.Sum(part => (double)part.Times);
        var step = Math.Max(Math.Sqrt(8 * width / ((theta + 1) * total)), width / total);
        step = Math.Min(step, Math.Min(range, end - begin) / 64);
        step = Math.Max(step, Math.Max(range, end - begin) / (1 << maxLogSize) * 1.001);
        step = Aligned(step, maxLogSize);
        var logSize = Math.Clamp((int)Math.Ceiling(Math.Log2((end - begin) / step + 4)), 6, maxLogSize + 1);
        // The room that rounding up to a power of two leaves is shared by both sides.
        var spare = ((1L << logSize) * step - (end - begin)) / 2;
        var window = new LossWindow((long)Math.Floor((begin - spare) / step), logSize, slopeBelow, slopeAbove);
        var losses = new List<RepeatedLoss>();
        var logKept = 0.0;
        for (var g = 0; g < parts.Count; g++)
        {
            var (loss, times) = parts[g];
            var (first, last) = loss.Range(step, tails[g].Upper, tails[g].Lower);
            var cells = loss.Cells(loss.HalfCells(step, first, last), step, first, last, adjacency);
            var dominating = cells.Dominating();
            logKept += times * Elementary.Log1p(-Math.Min(dominating.Infinity, 1 - 1e-16));
            losses.Add(new RepeatedLoss(dominating, cells.Dominated(), times));
        }
        var infinite = -Elementary.Expm1(logKept * (1 + 1e-12));
        if (losses is [{ Times: 1 } only])
            return new ComposedBounds(new SingleLoss(only.Dominating), new SingleLoss(only.Dominated), infinite);
        var (upper, lower) = ComposedLoss.Of(losses, theta, window);
        return new ComposedBounds(upper, lower, infinite);
    }

    /// <summary>A slightly smaller step with the largest loss on the grid, where there is a largest loss: it often carries an atom.</summary>
    private double Aligned(double step, int maxLogSize)
    {
        var maximum = parts.Max(part => part.Loss.Maximum(adjacency));
        return double.IsInfinity(maximum) || maximum / step > 1 << maxLogSize ? step : maximum / Math.Ceiling(maximum / step);
    }

    /// <summary>Neighbouring points around the root of the decreasing function delta(epsilon) = target; (0, 0) where delta(0) is not above the target.</summary>
    private static (double Below, double Above) Solve(Func<double, double> delta, double target, double guess, double tolerance)
    {
        if (delta(0) <= target)
            return (0, 0);
        double Excess(double epsilon) => Math.Log(Math.Max(delta(epsilon), 1e-320) / target);
        var (low, high) = (0.0, guess);
        var (atLow, atHigh) = (double.NaN, Excess(high));
        for (var stretch = 0.05; atHigh > 0; stretch *= 2)
        {
            (low, atLow) = (high, atHigh);
            high *= 1 + stretch;
            if (high > 1e300)
                return (low, double.PositiveInfinity);
            atHigh = Excess(high);
        }
        if (double.IsNaN(atLow))
            atLow = Excess(0);
        // Illinois: regula falsi that halves the weight of an end kept twice.
        var side = 0;
        for (var i = 0; i < 200 && high - low > tolerance * high; i++)
        {
            var middle = high - atHigh * (high - low) / (atHigh - atLow);
            var inset = 0.2 * tolerance * high;
            if (!(middle > low + inset && middle < high - inset))
                middle = i % 3 == 2 || double.IsNaN(middle) ? (low + high) / 2 : Math.Clamp(middle, low + inset, high - inset);
            var at = Excess(middle);
            if (at > 0)
            {
                (low, atLow) = (middle, at);
                if (side == 1)
                    atHigh /= 2;
                side = 1;
            }
            else
            {
                (high, atHigh) = (middle, at);
                if (side == -1)
                    atLow /= 2;
                side = -1;
            }
        }
        return (low, high);
    }

    /// <summary>The composed bounds with the probability that any loss is infinite.</summary>
    private sealed record ComposedBounds(IComposedLoss Upper, IComposedLoss Lower, double Infinite)
    {
        public Bounds Delta(double epsilon) => new(Math.Min(Upper.Delta(epsilon).Upper + Infinite, 1), Lower.Delta(epsilon).Lower);
    }
}

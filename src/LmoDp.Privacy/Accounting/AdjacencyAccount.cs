using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>How finely to look.</summary>
/// <param name="Accuracy">Relative width of the bracket that is asked for.</param>
/// <param name="Fineness">Relative width of the bracket for which the cells are chosen.</param>
/// <param name="LogSize">log2 of the largest transform allowed.</param>
internal readonly record struct Resolution(double Accuracy, double Fineness, int LogSize);

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
    public Bounds Epsilon(double delta, Resolution resolution)
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
            if (found is null && estimate > 0 && sketch.Exceeding(theta, estimate) > ManyExceeding)
                (theta, estimate) = sketch.ForDeltaOfLargeLosses(delta, Math.Min(estimate, Largest));
            // Positive even where the tilt leaves a single loss, and none of it.
            estimate = Math.Max(estimate, 1e-6 * Math.Clamp(sketch.StandardDeviation(theta), 1e-9 * Math.Min(Largest, 1), 1));
            if (found is { } known)
                (theta, estimate) = known;
            estimate = Math.Min(estimate, Largest);
            var next = Math.Clamp(CutShare * theta * estimate * resolution.Accuracy, SmallestCut, LargestCut);
            if (next < 3 * cut)
                break;
            cut = next;
        }
        var composed = Compose(tails, sketch, new Aim(theta, estimate, Math.Log(delta), resolution.Accuracy * estimate, resolution.Fineness * estimate), resolution.LogSize);
        if (composed is null)
            return new Bounds(Largest, 0);
        var tolerance = Math.Min(1e-2 * resolution.Accuracy, 1e-6);
        var upper = Math.Min(Root.Of(composed.Upper, delta, estimate, tolerance).Above, Largest);
        var lower = Root.Of(composed.Lower, delta, Math.Min(upper, 2 * estimate), tolerance, 10 * tolerance).Below;
        IsSettled = true;
        if (lower > 0.8 * upper && double.IsFinite(upper))
        {
            // At an atom there is no slope.
            var slope = Math.Clamp(composed.Slope(upper, Math.Min(0.01 * upper, 1 / theta)), 0.3 * theta, 10 * theta);
            IsSettled = Math.Abs(upper - estimate) < 0.01 * estimate;
            found = (slope, upper);
        }
        LastWork += composed.Work;
        Work += LastWork;
        return new Bounds(upper * (1 + 1e-14), lower * (1 - 1e-14));
    }

    /// <summary>The largest composed loss.</summary>
    private double Largest => parts.Sum(part => part.Times * part.Loss.Maximum(adjacency));

    /// <summary>Slope of -log delta and epsilon where an earlier, coarser look found them.</summary>
    private (double Slope, double Epsilon)? found;

    /// <summary>Whether the last grid was chosen for about the point that it found: another for the same fineness would not be better.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>What was done so far, in units of some 100 ns.</summary>
    public double Work { get; private set; }

    /// <summary>What the last look added to it.</summary>
    public double LastWork { get; private set; }

    /// <summary>How much wider, for want of room, the last grid's steps were than their choice.</summary>
    public double Coarseness { get; private set; }

    /// <summary>log2 of the transform from which a look counts as fine.</summary>
    private const int FineLogSize = 16;

    /// <summary>Part of the wanted accuracy that cut tails may cost.</summary>
    private const double CutShare = 0.01;

    /// <summary>Where that many losses alone exceed epsilon under the best tilt, it is a few large losses that decide.</summary>
    private const double ManyExceeding = 1e-3;

    private const double SmallestCut = 1e-9, LargestCut = 1e-3;

    /// <summary>Bounds on delta(epsilon), epsilon &gt;= 0 finite.</summary>
    public Bounds Delta(double epsilon, Resolution resolution)
    {
        if (epsilon >= Largest * (1 + 1e-12))
            return Bounds.Exactly(0);
        var sketch = Sketch(Tails(1e-29));
        var (theta, logDelta) = sketch.ForEpsilon(epsilon);
        var large = epsilon > 0 && sketch.Exceeding(theta, epsilon) > ManyExceeding;
        if (large)
            (theta, logDelta) = (sketch.SlopeOfLargeLosses(epsilon), sketch.Capped(epsilon).ForEpsilon(epsilon).LogDelta);
        logDelta = foundLogDelta ?? logDelta - Math.Log(1 + 3 * theta * sketch.StandardDeviation(theta));
        var tails = Tails(Math.Clamp(CutShare * resolution.Accuracy * Math.Exp(logDelta), 1e-299, 0.5));
        sketch = Sketch(tails);
        theta = large ? sketch.SlopeOfLargeLosses(epsilon) : sketch.ForEpsilon(epsilon).Theta;
        var composed = Compose(tails, sketch, new Aim(theta, epsilon, logDelta, resolution.Accuracy / theta, resolution.Fineness / theta), resolution.LogSize);
        if (composed is null)
            return new Bounds(1, 0);
        var (upper, lower) = (composed.Upper(epsilon * (1 - 1e-14)), composed.Lower(epsilon * (1 + 1e-14)));
        LastWork += composed.Work;
        Work += LastWork;
        IsSettled = true;
        if (upper > 0)
        {
            var at = Math.Log(lower > 0 ? lower : upper);
            IsSettled = Math.Abs(at - logDelta) < 0.3;
            foundLogDelta = at;
        }
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
    private const int MostCells = 1 << 16;

    /// <param name="tails">Cuts of the unsampled losses.</param>
    /// <param name="sketch">What the choices rest on.</param>
    /// <param name="aim">What is asked for.</param>
    /// <param name="maxLogSize">log2 of the largest transform allowed.</param>
    /// <returns>null where the sketch's numbers leave the range of a double (10^18 steps), so that there is nothing to rest a grid on.</returns>
    private BracketedLoss? Compose((double Upper, double Lower)[] tails, LossSketch sketch, Aim aim, int maxLogSize)
    {
        var ranges = parts.Select((part, g) => part.Loss.Range(tails[g].Upper, tails[g].Lower, adjacency)).ToArray();
        var range = ranges.Max(ends => ends.Last - ends.First);
        // A steeper slope than 1 / width only sharpens what is already narrower than wanted, and leaves nothing but an atom.
        aim = aim with { Slope = Math.Min(aim.Slope, 1 / aim.Fineness) };
        // Both bounds are off by a variance of at most h^2 / 8 a step, which moves epsilon by (slope + 1) / 2 times as much and the bracket by about (slope + 1) h^2 / 8.
        // Neither is it ever off by more than h a step.
        var total = parts.Sum(part => (double)part.Times);
        var step = Math.Max(Math.Sqrt(6.5 * aim.Fineness / ((aim.Slope + 1) * total)), aim.Fineness / total);
        var (tilt, cost) = new TiltChoice(sketch, aim, total, range, step, maxLogSize).Best(Unit * Math.Sqrt(total));
        (double Cut, double Slope)? rare = null;
        // What the chosen step costs by itself is no sign of anything, nor is what moves epsilon by less than a hundred-thousandth, nor what a first, coarse look costs.
        var usual = aim.AllowedRounding + aim.Slope * (aim.Slope + 1) * total * step * step / 8;
        if (maxLogSize >= FineLogSize && cost > Math.Max(2 * usual, 1e-5 * aim.Slope * aim.Epsilon) && TiltChoice.CutFor(sketch, aim) is { } beyond)
        {
            // Its powers are of the fast transform, whose errors add up.
            var (other, otherCost) = new TiltChoice(sketch.Beyond(beyond.Cut), aim, total, range, step, maxLogSize).Best(Unit * total);
            if (otherCost < cost)
                (tilt, rare) = (other, beyond);
        }
        var (theta, begin, end, slopeBelow, slopeAbove, excess) = tilt;
        step = Math.Min(step, Math.Min(range, end - begin) / 64);
        var chosen = step;
        step = Math.Max(step, (end - begin) / (1 << maxLogSize) * 1.001);
        // Indices stay below 2^53.
        step = Math.Max(step, 1e-15 * (Math.Max(Math.Abs(begin), Math.Abs(end)) + range + ranges.Max(ends => Math.Max(Math.Abs(ends.First), Math.Abs(ends.Last)))));
        Coarseness = step / chosen;
        if (!(step > 0 && double.IsFinite(step) && double.IsFinite(theta)))
            return null;
        step = Aligned(step, theta);
        var logSize = Math.Clamp((int)Math.Ceiling(Math.Log2((end - begin) / step + 4)), 6, maxLogSize + 1);
        // The room that rounding up to a power of two leaves is shared by both sides.
        var spare = ((1L << logSize) * step - (end - begin)) / 2;
        var window = new LossWindow((long)Math.Floor((begin - spare) / step), logSize, slopeBelow, slopeAbove);
        // A few large losses count for up to e^excess more than the tilted density, in which Chernoff's bound stands for delta, says.
        if (rare is not null)
            excess = double.PositiveInfinity;
        var widest = Math.Max(0.5 * Math.Exp(Math.Min(6 - excess, 0) / 3), Math.Sqrt(aim.Fineness * aim.Slope)) / (aim.Slope + 1);
        var losses = new List<RepeatedLoss>();
        var logKept = 0.0;
        for (var g = 0; g < parts.Count; g++)
        {
            var (loss, times) = parts[g];
            var most = Math.Min(1 << (maxLogSize - 2), MostCells / parts.Count);
            var atoms = loss.Atoms(adjacency);
            var grid = atoms.Length is > 0 and var count && 3 * count < most ? LossGrid.Around(step, ranges[g].First, ranges[g].Last, atoms.Select(atom => atom.Loss))
                : LossGrid.Along(step, ranges[g].First, ranges[g].Last, sketch.Tilted(g, aim.Slope, aim.Epsilon + 3 / aim.Slope), widest, most);
            var (dominating, dominated) = loss.OnGrid(grid, adjacency);
            logKept += times * Elementary.Log1p(-Math.Min(dominating.Infinity, 1));
            losses.Add(new RepeatedLoss(dominating, dominated, times));
        }
        LastWork = parts.Sum(part => rare is null ? WorkPerPoint : WorkPerSquaring * Math.Log2(2.0 * part.Times)) * Math.Pow(2, logSize) + WorkPerCell * losses.Sum(loss => (double)loss.Dominating.Grid.Cells);
        // More than all roundings since.
        var infinite = -Elementary.Expm1(logKept * (1 + 1e-12));
        var (upper, lower) = ComposedLoss.Of(losses, theta, window, rare is { } split ? new RareLosses((long)Math.Floor(split.Cut / step), split.Slope) : null);
        return new BracketedLoss(upper, lower, infinite);
    }

    private const double WorkPerPoint = 2, WorkPerSquaring = 1, WorkPerCell = 100;

    private const double Unit = 1.1102230246251565e-16;

    /// <summary>
    /// A slightly smaller step with the largest loss on the grid, where there is a largest loss: it often carries an atom. It is placed a hair above its knot, so that no rounding
    /// can place it below. Where the losses are few, it is the step at which the others, too, are near knots: what is far from any other loss can be moved to one only at a cost to the lower bound
    /// that does not fall with the square of the step.
    /// </summary>
    private double Aligned(double step, double slope)
    {
        var maximum = parts.Max(part => part.Loss.Maximum(adjacency));
        var count = Math.Ceiling(maximum / step);
        if (!(count < 1e9))
            return step;
        double Step(double knots) => maximum / knots * (1 - 1e-13);
        var atoms = parts.SelectMany(part => part.Loss.Atoms(adjacency)).ToArray();
        if (atoms.Length is 0 or > FewAtoms)
            return Step(count);
        var weighed = atoms.Select(atom => (Loss: atom.Loss / Step(1), Weight: atom.Mass * Math.Exp(slope * (atom.Loss - maximum)))).ToArray();
        double Cost(double knots)
        {
            var cost = 0.0;
            foreach (var (loss, weight) in weighed)
                cost += weight * (loss * knots - Math.Floor(loss * knots));
            return cost;
        }
        var candidates = (int)Math.Clamp(0.1 * count, 1, MostCandidates);
        return Step(Enumerable.Range(0, candidates).Select(i => count + i).MinBy(Cost));
    }

    /// <summary>How many losses all kinds of steps may have for a step to be chosen among a number of candidates.</summary>
    private const int FewAtoms = 256, MostCandidates = 1000;
}

namespace LmoDp.Privacy.Search;

/// <summary>
/// The convex programme of the search: among all laws of a <see cref="LatticeFrame"/> that do not increase away from 0, the one of least mean cost whose subsampled pair keeps a convex
/// divergence F small, by a bound or at a price (<see cref="PrivacyTerm"/>). Everything but F is linear in the weights. An interior-point method solves it (logarithmic barrier, Newton
/// steps; Boyd and Vandenberghe, Convex Optimization, 11.3), each step in time K m^2 since an outcome ties only places m apart.
/// </summary>
/// <param name="pairs">The outcomes' probabilities, linear in the weights.</param>
/// <param name="privacy">F and how it is kept small.</param>
internal sealed class UnimodalProgramme(LatticePairs pairs, PrivacyTerm privacy)
{
    /// <summary>The factor from one sharpness of the barrier to the next.</summary>
    private const double Growth = 12;

    private const int MostAdjustments = 12;

    private const int MostSteps = 60;

    /// <summary>The least relative gap at which the barrier is left: beyond it, rounding takes over.</summary>
    public const double LeastGap = 3e-6;

    /// <summary>The gap at which it begins.</summary>
    public const double FirstGap = 0.03;

    private readonly LatticeFrame frame = pairs.Frame;
    private readonly BandedFactor hessian = new(pairs.Frame.Last + 1, pairs.Frame.StepsPerSensitivity);
    private readonly double[] p = new double[pairs.Frame.Outcomes.Length];
    private readonly double[] q = new double[pairs.Frame.Outcomes.Length];
    private readonly PrivacyTerm.Derivatives[] derivatives = new PrivacyTerm.Derivatives[pairs.Frame.Outcomes.Length];

    /// <summary>A solution and what is known about it.</summary>
    /// <param name="Weights">w_0, ..., w_K, of total mass 1.</param>
    /// <param name="Cost">Its mean cost.</param>
    /// <param name="Divergence">Its F.</param>
    /// <param name="LowerBound">No law of the frame within the bound costs less: a consequence of convexity alone, whatever the solver did.</param>
    internal readonly record struct Solution(double[] Weights, double Cost, double Divergence, double LowerBound);

    /// <summary>F of a law.</summary>
    public double Divergence(ReadOnlySpan<double> weights)
    {
        pairs.Probabilities(weights, p, q);
        return privacy.Divergence(p, q);
    }

    /// <summary>The solution.</summary>
    /// <param name="start">A law of the frame, within the bound where there is one.</param>
    /// <param name="firstGap">The relative distance from the optimum at which the barrier method begins: the smaller, the better the start must be.</param>
    /// <param name="lastGap">That at which it ends.</param>
    public Solution Solve(ReadOnlySpan<double> start, double firstGap = FirstGap, double lastGap = LeastGap)
    {
        var weights = start.ToArray();
        // Every step down must be strict.
        for (var k = 0; k < weights.Length; k++)
            weights[k] = Math.Max(weights[k], 1e-300) * (1 + 1e-4 * (weights.Length - k) / weights.Length);
        Normalise(weights);
        var scale = LatticeFrame.Dot(frame.Costs, weights);
        // Where no place costs anything there is nothing to search.
        if (scale == 0)
            return new Solution(weights, 0, Divergence(weights), 0);
        var (lowerBound, count) = (0.0, weights.Length + privacy.Logarithms(p.Length));
        for (var gap = firstGap; ; gap /= Growth)
        {
            var sharpness = count / (gap * scale);
            weights = Centre(weights, sharpness);
            var tolerance = Math.Max(gap / 10, 1e-6);
            for (var i = 0; i < MostAdjustments && privacy.Adjust(Divergence(weights), tolerance); i++)
                weights = Centre(weights, sharpness);
            // Where arithmetic fails it is not a number, and no bound.
            if (LowerBound(weights, sharpness) is var bound && bound > lowerBound)
                lowerBound = bound;
            if (gap <= lastGap)
                return new Solution(weights, LatticeFrame.Dot(frame.Costs, weights), Divergence(weights), lowerBound);
        }
    }

    /// <summary>
    /// Weak duality. With g the gradient of the privacy term at w and y the multiplier, g v / sharpness &lt;= y F(v) for every law v. So where F(v) &lt;= bound, v costs at least
    /// (c + g / sharpness) v - y bound. That is linear in v, and a law that does not increase is a mixture of flat ones, so it is least at a flat one.
    /// </summary>
    private double LowerBound(double[] weights, double sharpness)
    {
        pairs.Probabilities(weights, p, q);
        var multiplier = privacy.Expand(p, q, sharpness, derivatives);
        var gradient = new double[weights.Length];
        pairs.Pull(derivatives, gradient, rank: false);
        var (sum, mass, least) = (0.0, 0.0, double.PositiveInfinity);
        for (var k = 0; k < weights.Length; k++)
        {
            sum += frame.Costs[k] + gradient[k] / sharpness;
            mass += frame.Masses[k];
            least = Math.Min(least, sum / mass);
        }
        return least - multiplier * privacy.Bound;
    }

    private void Normalise(double[] weights)
    {
        var mass = LatticeFrame.Dot(frame.Masses, weights);
        for (var k = 0; k < weights.Length; k++)
            weights[k] /= mass;
    }

    /// <summary>Newton's method on sharpness * cost + privacy term - sum log(w_k - w_(k+1)), total mass kept at 1.</summary>
    private double[] Centre(double[] weights, double sharpness)
    {
        for (var step = 0; step < MostSteps; step++)
        {
            var (direction, decrement) = Newton(weights, sharpness);
            if (!(decrement > 1e-9))
                return weights;
            var merit = Merit(weights, sharpness);
            var length = Longest(weights, direction);
            for (; ; length /= 2)
            {
                // No progress that arithmetic could show.
                if (length < 1e-8)
                    return weights;
                var next = new double[weights.Length];
                for (var k = 0; k < next.Length; k++)
                    next[k] = weights[k] + length * direction[k];
                Normalise(next);
                if (Merit(next, sharpness) <= merit - 1e-3 * length * decrement)
                {
                    weights = next;
                    break;
                }
            }
        }
        return weights;
    }

    private double Merit(double[] weights, double sharpness)
    {
        var merit = sharpness * LatticeFrame.Dot(frame.Costs, weights);
        for (var k = 0; k < weights.Length; k++)
        {
            var drop = Drop(weights, k);
            if (!(drop > 0))
                return double.PositiveInfinity;
            merit -= Math.Log(drop);
        }
        pairs.Probabilities(weights, p, q);
        return merit + privacy.Value(p, q, sharpness);
    }

    /// <summary>w_k - w_(k+1); w_K for the last, whose successor is a part of itself.</summary>
    private static double Drop(double[] weights, int k) => k + 1 < weights.Length ? weights[k] - weights[k + 1] : weights[k];

    /// <summary>The step length at which the first drop would be nearly used up, at most 1.</summary>
    private static double Longest(double[] weights, double[] direction)
    {
        var length = 1.0;
        for (var k = 0; k < weights.Length; k++)
        {
            var change = Drop(direction, k);
            if (change < 0)
                length = Math.Min(length, -0.99 * Drop(weights, k) / change);
        }
        return length;
    }

    private (double[] Direction, double Decrement) Newton(double[] weights, double sharpness)
    {
        var size = weights.Length;
        pairs.Probabilities(weights, p, q);
        privacy.Expand(p, q, sharpness, derivatives);
        var gradient = new double[size];
        var rank = new double[size];
        pairs.Pull(derivatives, gradient, rank: false);
        pairs.Pull(derivatives, rank, rank: true);
        hessian.Clear();
        var next = 0;
        for (var k = 0; k < size; k++)
        {
            var inverse = 1 / Drop(weights, k);
            gradient[k] += sharpness * frame.Costs[k] - inverse;
            if (k + 1 < size)
                gradient[k + 1] += inverse;
            hessian.Add(k, inverse, Math.Min(k + 1, size - 1), k + 1 < size ? -inverse : 0);
            for (; next < derivatives.Length && Math.Min(frame.Outcomes[next].With, frame.Outcomes[next].Without) == k; next++)
            {
                var (with, without) = pairs.Row(next, derivatives[next]);
                hessian.Add(frame.Outcomes[next].With, with, frame.Outcomes[next].Without, without);
            }
        }
        // The Hessian's part of rank one by Sherman and Morrison; the mass stays 1 by a multiplier.
        var byRank = hessian.Solve(rank);
        var curvature = 1 + LatticeFrame.Dot(rank, byRank);
        var direction = Whole(hessian.Solve(gradient));
        var byMass = Whole(hessian.Solve(frame.Masses));
        var multiplier = LatticeFrame.Dot(frame.Masses, direction) / LatticeFrame.Dot(frame.Masses, byMass);
        for (var k = 0; k < size; k++)
            direction[k] = multiplier * byMass[k] - direction[k];
        return (direction, Square(direction));

        double[] Whole(double[] solved)
        {
            var along = LatticeFrame.Dot(rank, solved) / curvature;
            for (var k = 0; k < size; k++)
                solved[k] -= along * byRank[k];
            return solved;
        }

        // The direction's square in the Hessian's norm: a sum of squares keeps its digits where gradient times direction cancels.
        double Square(double[] direction)
        {
            var along = LatticeFrame.Dot(rank, direction);
            var sum = along * along;
            for (var k = 0; k < size; k++)
            {
                var change = Drop(direction, k) / Drop(weights, k);
                sum += change * change;
            }
            for (var i = 0; i < derivatives.Length; i++)
            {
                var (with, without) = pairs.Row(i, derivatives[i]);
                var change = with * direction[frame.Outcomes[i].With] + without * direction[frame.Outcomes[i].Without];
                sum += change * change;
            }
            return sum;
        }
    }
}

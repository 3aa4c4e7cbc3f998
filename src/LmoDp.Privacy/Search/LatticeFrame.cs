namespace LmoDp.Privacy.Search;

/// <summary>
/// What is fixed while weights are searched: the lattice, the places that have a weight of their own, and the geometric tail beyond them. A law is then a vector w_0, ..., w_K with
/// w_(K+i) = w_K r^i, everything linear in it: total mass, mean cost, and the probabilities of all outcomes with and without the example.
/// </summary>
internal sealed class LatticeFrame
{
    /// <param name="stepsPerSensitivity">m.</param>
    /// <param name="last">K, at least m.</param>
    /// <param name="tailRatio">r, 0 &lt; r &lt; 1.</param>
    /// <param name="objective">What a law costs.</param>
    public LatticeFrame(int stepsPerSensitivity, int last, double tailRatio, Objective objective)
    {
        (StepsPerSensitivity, Last, TailRatio) = (stepsPerSensitivity, last, tailRatio);
        Masses = new double[last + 1];
        Costs = new double[last + 1];
        for (var k = 0; k <= last; k++)
        {
            Masses[k] = k == 0 ? 1 : 2;
            Costs[k] = Masses[k] * objective.Cost((double)k / stepsPerSensitivity);
        }
        var (power, cost) = (1.0, Costs[last]);
        Masses[last] = 2 / (1 - tailRatio);
        for (var k = last + 1; power > 1e-30 * (1 - tailRatio); k++)
        {
            power *= tailRatio;
            cost += 2 * power * objective.Cost((double)k / stepsPerSensitivity);
        }
        Costs[last] = cost;
        Outcomes = [.. Enumerate().OrderBy(outcome => Math.Min(outcome.With, outcome.Without))];
    }

    /// <summary>m.</summary>
    public int StepsPerSensitivity { get; }

    /// <summary>K.</summary>
    public int Last { get; }

    /// <summary>r.</summary>
    public double TailRatio { get; }

    /// <summary>How much mass a unit of w_k stands for: 1 at zero, 2 elsewhere, the whole tail at K.</summary>
    public double[] Masses { get; }

    /// <summary>How much cost.</summary>
    public double[] Costs { get; }

    /// <summary>All outputs y of a release, those with the same loss far out as one, in the order of the nearest place that each depends on.</summary>
    public Outcome[] Outcomes { get; }

    /// <summary>The product of two rows.</summary>
    public static double Dot(ReadOnlySpan<double> one, ReadOnlySpan<double> other)
    {
        var sum = 0.0;
        for (var i = 0; i < one.Length; i++)
            sum += one[i] * other[i];
        return sum;
    }

    private IEnumerable<Outcome> Enumerate()
    {
        var (m, r) = (StepsPerSensitivity, TailRatio);
        // Left of -K and right of K + m both places are in the tail, and the loss no longer changes.
        var tail = 1 / (1 - r);
        yield return new Outcome(Last, Math.Pow(r, m) * tail, Last, tail);
        for (var y = -Last + 1; y < Last + m; y++)
        {
            var (near, far) = (Math.Abs(y - m), Math.Abs(y));
            yield return new Outcome(Math.Min(near, Last), Math.Pow(r, Math.Max(near - Last, 0)), Math.Min(far, Last), Math.Pow(r, Math.Max(far - Last, 0)));
        }
        yield return new Outcome(Last, tail, Last, Math.Pow(r, m) * tail);
    }

    /// <summary>One outcome: its probability is <paramref name="WithFactor"/> w_<paramref name="With"/> with the example, and <paramref name="WithoutFactor"/> w_<paramref name="Without"/> without.</summary>
    internal readonly record struct Outcome(int With, double WithFactor, int Without, double WithoutFactor);
}

using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>One scalar release with lattice noise: the loss takes finitely many values, whose masses are sums of integers over one integer.</summary>
internal sealed class LatticePair : DominatingPair
{
    private readonly LatticeLosses losses;
    private readonly double[] p;
    private readonly double[] q;

    /// <param name="law">The noise; its full shift dominates.</param>
    public LatticePair(LatticeLaw law)
    {
        losses = new LatticeLosses(law, law.StepsPerSensitivity);
        p = Cumulated(losses.P);
        q = Cumulated(losses.Q);
        Atoms = [.. Enumerable.Range(0, losses.Count).Select(i => new LossAtom(losses.Loss(i), losses.P(i)))];
    }

    /// <inheritdoc/>
    public override double MaximumLoss => losses.Maximum;

    /// <inheritdoc/>
    public override IReadOnlyList<LossAtom> Atoms { get; }

    /// <inheritdoc/>
    public override double Middle => losses.Middle;

    /// <inheritdoc/>
    public override TailMass Above(double threshold)
    {
        var count = losses.CountAbove(threshold);
        return new TailMass(p[count], q[count], p[count] * Error, q[count] * Error);
    }

    /// <summary>Relative error of a mass: two roundings of its weight, one each of the total, of the quotient and of the power in the tail, and the sum's.</summary>
    private const double Error = 2e-15;

    /// <summary>Sums over the first i outcomes, each within two units in the last place however many there are.</summary>
    private double[] Cumulated(Func<int, double> mass)
    {
        var sums = new double[losses.Count + 1];
        var sum = new CompensatedSum();
        for (var i = 0; i < losses.Count; i++)
        {
            sum.Add(mass(i));
            sums[i + 1] = sum.Value;
        }
        return sums;
    }
}

namespace LmoDp.Privacy.Accounting;

/// <summary>A pair known by the P-masses of its positive losses on a lattice: by reflection symmetry these say all, and what is left over has loss 0.</summary>
internal sealed class AtomicPair : DominatingPair
{
    private readonly double step;
    private readonly double[] p;
    private readonly double[] q;

    /// <param name="step">Lattice step of the loss.</param>
    /// <param name="masses">P-mass at loss step, 2 step, ...</param>
    /// <param name="infinity">P-mass at loss +infinity.</param>
    public AtomicPair(double step, ReadOnlySpan<double> masses, double infinity)
    {
        this.step = step;
        var count = masses.Length;
        while (count > 0 && masses[count - 1] == 0)
            count--;
        LargestFiniteLoss = step * count;
        MaximumLoss = infinity > 0 ? double.PositiveInfinity : LargestFiniteLoss;
        // Masses above each index, from the far end, where they are smallest.
        (p, q) = (new double[count + 1], new double[count + 1]);
        p[count] = infinity;
        for (var i = count - 1; i >= 0; i--)
        {
            p[i] = p[i + 1] + masses[i];
            q[i] = q[i + 1] + masses[i] * Math.Exp(-step * (i + 1));
        }
    }

    /// <inheritdoc/>
    public override double MaximumLoss { get; }

    /// <inheritdoc/>
    public override double LargestFiniteLoss { get; }

    /// <inheritdoc/>
    public override TailMass Above(double threshold)
    {
        // The atom at (i + 1) step lies above the threshold from i = floor(threshold / step) on; a threshold within rounding of an atom may count it or not.
        var index = (int)Math.Min(Math.Floor(threshold / step), p.Length - 1);
        var error = 1.2e-16 * (p.Length + 8);
        return new TailMass(p[index], q[index], p[index] * error, q[index] * (error + 3e-16 * step * p.Length));
    }
}

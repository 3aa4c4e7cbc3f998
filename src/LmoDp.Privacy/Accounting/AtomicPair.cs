namespace LmoDp.Privacy.Accounting;

/// <summary>A loss that has mass of its own, and that mass under the first law.</summary>
internal readonly record struct LossAtom(double Loss, double Mass);

/// <summary>A pair known by the P-masses of its positive losses: by reflection symmetry these say all, and what is left over has loss 0.</summary>
internal sealed class AtomicPair : DominatingPair
{
    private readonly double[] losses;
    private readonly double[] p;
    private readonly double[] q;

    /// <param name="atoms">Positive losses, ascending.</param>
    /// <param name="infinity">P-mass at loss +infinity.</param>
    /// <param name="areExact">Whether these are the losses themselves, not those of a grid.</param>
    public AtomicPair(IReadOnlyList<LossAtom> atoms, double infinity, bool areExact = false)
    {
        var count = atoms.Count;
        while (count > 0 && atoms[count - 1].Mass == 0)
            count--;
        losses = [.. atoms.Take(count).Select(atom => atom.Loss)];
        LargestFiniteLoss = count > 0 ? losses[^1] : 0;
        MaximumLoss = infinity > 0 ? double.PositiveInfinity : LargestFiniteLoss;
        Atoms = areExact ? [.. atoms.Take(count)] : [];
        // Masses above each index, from the far end, where they are smallest.
        (p, q) = (new double[count + 1], new double[count + 1]);
        p[count] = infinity;
        for (var i = count - 1; i >= 0; i--)
        {
            p[i] = p[i + 1] + atoms[i].Mass;
            q[i] = q[i + 1] + atoms[i].Mass * Math.Exp(-losses[i]);
        }
    }

    /// <summary>
    /// The same, for a bound from below. Positive losses that were rounded down may weigh more under the second law than they did, so that with their mirror images they could be more than
    /// there is: then all masses shrink to fit. Smaller masses are a smaller divergence at every epsilon.
    /// </summary>
    public static AtomicPair FromBelow(IReadOnlyList<LossAtom> atoms, bool areExact = false)
    {
        var error = 2e-16 * (atoms.Count + 8);
        var total = atoms.Sum(atom => atom.Mass * (1 + Math.Exp(-atom.Loss))) * (1 + error);
        return new AtomicPair(total <= 1 ? atoms : [.. atoms.Select(atom => atom with { Mass = atom.Mass / total * (1 - error) })], 0, areExact);
    }

    /// <inheritdoc/>
    public override double MaximumLoss { get; }

    /// <inheritdoc/>
    public override double LargestFiniteLoss { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<LossAtom> Atoms { get; }

    /// <inheritdoc/>
    public override TailMass Above(double threshold)
    {
        // A threshold within rounding of an atom may count it or not.
        var found = Array.BinarySearch(losses, threshold);
        var index = found < 0 ? ~found : found + 1;
        var error = 1.2e-16 * (p.Length + 8);
        return new TailMass(p[index], q[index], p[index] * error, q[index] * (error + 3e-16 * LargestFiniteLoss));
    }
}

using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// Sums of K independent losses of which each takes few values: the values themselves with their masses, equal ones (to 1e-13 of the largest) counted as one. Upwards every loss is rounded up and every
/// mass too, downwards both down.
/// </summary>
internal static class SumsOfAtoms
{
    /// <summary>Pairs of losses up to which they are listed.</summary>
    private const int MostPairs = 1 << 18;

    /// <summary>Distance of losses that are taken for equal, relative to the largest loss of one release.</summary>
    private const double Equal = 1e-13;

    /// <summary>Two roundings of a mass of one release, and one of each product.</summary>
    private const double MassError = 2e-15;

    /// <summary>A loss whose mirror image may have no mass in doubles, and more than what is lost with it.</summary>
    private const double FarthestMirror = 600, Underflow = 1e-312;

    /// <summary>The pair of K releases from above or from below; null where the losses are not known one by one, or too many.</summary>
    /// <param name="pair">One release.</param>
    /// <param name="count">K.</param>
    /// <param name="direction">1: from above, -1: from below.</param>
    /// <param name="tail">P-mass of the largest sums that may be given up.</param>
    public static AtomicPair? Of(DominatingPair pair, int count, int direction, double tail)
    {
        if (pair.Atoms.Count == 0 || 4L * pair.Atoms.Count * pair.Atoms.Count > MostPairs)
            return null;
        var largest = pair.Atoms.Max(atom => atom.Loss);
        var merge = new Merge(direction, Equal * largest);
        // The mirror image's mass has the error of the loss besides, and may be too small for a double.
        LossAtom Mirror(LossAtom atom) => new(-atom.Loss, atom.Mass * Math.Exp(-atom.Loss) * (1 + direction * 2 * MassError * (1 + atom.Loss)));
        var single = merge.Of([.. pair.Atoms.SelectMany(atom => new[] { atom, Mirror(atom) }), new LossAtom(0, pair.Middle)]);
        var (sum, infinite) = (single, largest > FarthestMirror ? Underflow : 0);
        for (var bit = Math.ILogB(count) - 1; bit >= 0; bit--)
            if (!Add(sum) || ((count >> bit & 1) == 1 && !Add(single)))
                return null;
        // Far more than a sum that is 0 can be off by.
        var small = 10 * count * Equal * largest;
        // Upwards a sum that is 0 may have become positive: the chord between 0 and a small loss takes it (and counts next to nothing at the latter).
        var atSmall = direction > 0 ? sum.Where(atom => atom.Loss > 0 && atom.Loss < small).Sum(atom => atom.Mass * Exponential.Fall(atom.Loss)) / Exponential.Fall(small) * (1 + 1e-12) : 0;
        LossAtom[] positive = [new(small, atSmall), .. sum.Where(atom => atom.Loss >= small)];
        return direction > 0 ? new AtomicPair(positive, infinite * (1 + 1e-12), areExact: true) : AtomicPair.FromBelow(positive, areExact: true);

        bool Add(LossAtom[] other)
        {
            if ((long)sum.Length * other.Length > MostPairs)
                return false;
            var all = merge.Of([.. sum.SelectMany(a => other.Select(b => new LossAtom(a.Loss + b.Loss, a.Mass * b.Mass)))]);
            var (kept, beyond) = (all.Length, 0.0);
            while (kept > 1 && beyond + all[kept - 1].Mass <= tail / count)
                beyond += all[--kept].Mass;
            infinite = (ReferenceEquals(sum, other) ? 2 * infinite : infinite) + beyond;
            sum = all[..kept];
            return true;
        }
    }

    /// <summary>Counts losses that are equal to within a distance as one, and rounds.</summary>
    private readonly record struct Merge(int Direction, double Distance)
    {
        public LossAtom[] Of(LossAtom[] atoms)
        {
            Array.Sort(atoms, (a, b) => a.Loss.CompareTo(b.Loss));
            var merged = new List<LossAtom>();
            for (var i = 0; i < atoms.Length;)
            {
                var (begin, mass) = (i, 0.0);
                for (; i < atoms.Length && atoms[i].Loss - atoms[begin].Loss <= Distance; i++)
                    mass += atoms[i].Mass;
                // More than the rounding of a sum of two losses that are multiples of the largest.
                var loss = Direction > 0 ? atoms[i - 1].Loss : atoms[begin].Loss;
                loss += Direction * (4e-16 * Math.Abs(loss) + 0.02 * Distance);
                merged.Add(new LossAtom(loss, mass * (1 + Direction * (MassError + 1.2e-16 * (i - begin)))));
            }
            return [.. merged];
        }
    }
}

namespace LmoDp.Privacy.Noise;

/// <summary>Figures of a lattice law in units of its step, with the sums over the geometric tail in closed form.</summary>
internal sealed class LatticeMoments
{
    /// <param name="law">The law.</param>
    public LatticeMoments(LatticeLaw law)
    {
        var total = (double)law.Total;
        var (first, second, logs) = (0.0, 0.0, law.Weight(0) * Math.Log(law.Weight(0)));
        // Upwards from the smallest weights.
        for (var k = law.LastPlace; k >= 1; k--)
        {
            var weight = law.Weight(k);
            first += 2 * k * weight;
            second += 2.0 * k * k * weight;
            logs += 2 * weight * Math.Log(weight);
        }
        // Sums of r^i, i r^i and i^2 r^i over i >= 1.
        var (ratio, rest) = (law.TailRatio.Value, 1 - law.TailRatio.Value);
        var (sum0, sum1, sum2) = (ratio / rest, ratio / rest / rest, ratio * (1 + ratio) / rest / rest / rest);
        double last = law.LastPlace;
        var weightLast = law.Weight(law.LastPlace);
        first += 2 * weightLast * (last * sum0 + sum1);
        second += 2 * weightLast * (last * last * sum0 + 2 * last * sum1 + sum2);
        logs += 2 * weightLast * (Math.Log(weightLast) * sum0 + Math.Log(ratio) * sum1);
        MeanAbsolute = first / total;
        StandardDeviation = Math.Sqrt(second / total);
        Entropy = Math.Log(total) - logs / total;
    }

    /// <summary>E|k|.</summary>
    public double MeanAbsolute { get; }

    /// <summary>sqrt(E k^2).</summary>
    public double StandardDeviation { get; }

    /// <summary>-sum of p log p, in nats.</summary>
    public double Entropy { get; }
}

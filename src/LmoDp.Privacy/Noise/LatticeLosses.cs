namespace LmoDp.Privacy.Noise;

/// <summary>
/// The privacy loss of one release with lattice noise, outcome by outcome: P the noise shifted by s steps, Q without. Only the outcomes k &gt; s/2 are listed, whose loss log(w_|k-s| / w_k)
/// is not negative; those below s/2 are their mirror images with P and Q exchanged, and at s/2 (s even) P = Q. Beyond K + s the loss is constant, and the whole tail is one outcome.
/// </summary>
internal sealed class LatticeLosses
{
    private readonly double[] losses;
    private readonly double[] p;
    private readonly double[] q;

    /// <param name="law">The noise.</param>
    /// <param name="shift">s &gt;= 1, in steps.</param>
    public LatticeLosses(LatticeLaw law, int shift)
    {
        var total = (double)law.Total;
        var first = shift / 2 + 1;
        var count = law.LastPlace + shift - first + 1;
        (losses, p, q) = (new double[count], new double[count], new double[count]);
        for (var i = 0; i < count; i++)
        {
            long k = first + i;
            var near = Math.Abs(k - shift);
            losses[i] = law.LogRatio(near, k);
            (p[i], q[i]) = i < count - 1
                ? (law.Weight(near) / total, law.Weight(k) / total)
                : ((law.Weight(near) + law.WeightBeyond(near)) / total, (law.Weight(k) + law.WeightBeyond(k)) / total);
        }
        Middle = shift % 2 == 0 ? law.Weight(shift / 2) / total : 0;
        var order = Enumerable.Range(0, count).OrderByDescending(i => losses[i]).ToArray();
        (losses, p, q) = ([.. order.Select(i => losses[i])], [.. order.Select(i => p[i])], [.. order.Select(i => q[i])]);
    }

    /// <summary>The largest loss. Over all shifts up to s it is reached at s: w_|k-s| / w_k for k &gt;= s, and w_0 / w_s for the outcomes between.</summary>
    public double Maximum => losses[0];

    /// <summary>The outcomes with loss &gt;= 0 other than the middle one, largest loss first.</summary>
    public int Count => losses.Length;

    /// <summary>P = Q of the outcome half way between, with loss 0; 0 where there is none.</summary>
    public double Middle { get; }

    /// <summary>Loss of outcome i, descending in i.</summary>
    public double Loss(int i) => losses[i];

    /// <summary>P-mass of outcome i; under Q that of its mirror image, whose loss is the opposite.</summary>
    public double P(int i) => p[i];

    /// <summary>Q-mass of outcome i; under P that of its mirror image.</summary>
    public double Q(int i) => q[i];

    /// <summary>The logarithm of <see cref="Q"/>, also where that is too small for a double.</summary>
    public double LogQ(int i) => q[i] > 1e-290 ? Math.Log(q[i]) : Math.Log(p[i]) - losses[i];

    /// <summary>The number of listed outcomes with loss above a threshold.</summary>
    public int CountAbove(double threshold)
    {
        var (low, high) = (0, losses.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (losses[middle] > threshold)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

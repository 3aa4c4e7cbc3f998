using LmoDp.Privacy.Numerics;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// Integer-weighted noise on the multiples of a step h = 1/m: Z = k h with probability w_|k| / W, weights positive integers that do not increase, geometric beyond the
/// last one. What is accounted is exactly what is sampled: W is an integer, draws are made of integers only, and no floating point comes in before the noise leaves
/// as a number. The weights need not be log-concave; not increasing is enough for the full shift to dominate every smaller one (docs/accounting-renyi.md).
/// </summary>
public sealed class LatticeLaw : NoiseLaw
{
    /// <summary>The most weights that a law may list.</summary>
    public const int MostWeights = 1 << 20;

    /// <summary>The largest number of steps to the sensitivity.</summary>
    public const int MostSteps = 1 << 20;

    private readonly ulong[] weights;

    // upTo[k] = w_1 + ... + w_k.
    private readonly UInt128[] upTo;
    private readonly UInt128 tail;
    private readonly double total;
    private readonly Lazy<LatticeMoments> moments;

    /// <param name="stepsPerSensitivity">m, the number of steps h to the sensitivity, 1 to <see cref="MostSteps"/>.</param>
    /// <param name="weights">w_0, w_1, ..., w_K, each at least 1, none larger than the one before; w_0 is that of zero, w_k those of k h and -k h.</param>
    /// <param name="tailRatio">w_(K+i) = w_K ratio^i; w_K must be a multiple of the ratio's denominator less its numerator, so that all weights add up to an integer.</param>
    /// <exception cref="BadInputException">The weights increase somewhere, one is 0, or the total is no integer.</exception>
    public LatticeLaw(int stepsPerSensitivity, IReadOnlyList<ulong> weights, DyadicRatio tailRatio)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (stepsPerSensitivity is < 1 or > MostSteps)
            throw new BadInputException(FormattableString.Invariant($"lattice: the steps to the sensitivity must number 1 to {MostSteps}, not {stepsPerSensitivity}"));
        if (weights.Count is < 1 or > MostWeights)
            throw new BadInputException(FormattableString.Invariant($"lattice: there must be 1 to {MostWeights} weights, not {weights.Count}"));
        StepsPerSensitivity = stepsPerSensitivity;
        this.weights = [.. weights];
        TailRatio = tailRatio.Checked();
        upTo = new UInt128[weights.Count];
        for (var k = 0; k < weights.Count; k++)
        {
            if (weights[k] == 0)
                throw new BadInputException(FormattableString.Invariant($"lattice: weight {k} is 0; every weight must be at least 1, or some output would betray the example"));
            if (k == 0)
                continue;
            if (weights[k] > weights[k - 1])
                throw new BadInputException(FormattableString.Invariant($"lattice: weight {k} is larger than weight {k - 1}; weights must not increase away from 0, or the full shift is not the worst one"));
            upTo[k] = upTo[k - 1] + weights[k];
        }
        var (parts, rest) = Math.DivRem(weights[^1], TailRatio.Complement);
        if (rest != 0)
            throw new BadInputException(FormattableString.Invariant(
                $"lattice: the last weight, {weights[^1]}, must be a multiple of {TailRatio.Complement} (denominator less numerator of the tail ratio), so that the weights add up to an integer"));
        tail = (UInt128)parts * TailRatio.Numerator;
        Total = weights[0] + 2 * (upTo[^1] + tail);
        total = (double)Total;
        moments = new(() => new LatticeMoments(this));
    }

    /// <summary>m: the sensitivity is m steps.</summary>
    public int StepsPerSensitivity { get; }

    /// <summary>w_0, ..., w_K.</summary>
    public IReadOnlyList<ulong> Weights => weights;

    /// <summary>The ratio of neighbouring weights beyond w_K.</summary>
    public DyadicRatio TailRatio { get; }

    /// <summary>W, the sum of all weights, zero counted once.</summary>
    public UInt128 Total { get; }

    /// <summary>h, relative to sensitivity 1.</summary>
    public double Step => 1.0 / StepsPerSensitivity;

    /// <summary>K, the last place with a weight of its own.</summary>
    internal int LastPlace => weights.Length - 1;

    /// <summary>Any law rounded to the lattice, that is, the law of h round(Z/h): post-processing of the release, so never less private, and unimodal where the law is.</summary>
    /// <param name="law">A continuous law, or a lattice law, which is spread evenly over its cells first.</param>
    /// <param name="stepsPerSensitivity">m.</param>
    /// <remarks>Weights are the cells' probabilities cut to integers; the far tail (2^-38 of the peak's weight and below, or beyond 65,536 steps) becomes geometric with the same mass.</remarks>
    /// <exception cref="BadInputException">m is out of range.</exception>
    public static LatticeLaw Rounded(NoiseLaw law, int stepsPerSensitivity) => LatticeRounding.Round(law, stepsPerSensitivity);

    /// <summary>The weight of step |k| as a double: exact to half a unit in the last place up to K.</summary>
    internal double Weight(long magnitude) => magnitude <= LastPlace
        ? weights[magnitude]
        : weights[^1] * Math.Pow(TailRatio.Value, magnitude - LastPlace);

    /// <summary>log of <see cref="Weight"/>, also where that underflows.</summary>
    internal double LogWeight(long magnitude) => magnitude <= LastPlace
        ? Math.Log(weights[magnitude])
        : Math.Log(weights[^1]) + (magnitude - LastPlace) * LogTailRatio;

    /// <summary>log(w_near / w_far), near &lt;= far: from the difference of the integers, so that the loss of nearly equal weights keeps its digits.</summary>
    internal double LogRatio(long near, long far)
    {
        var (top, bottom) = (weights[Math.Min(near, LastPlace)], weights[Math.Min(far, LastPlace)]);
        var beyond = Math.Max(far - LastPlace, 0) - Math.Max(near - LastPlace, 0);
        return Elementary.Log1p((double)(top - bottom) / bottom) - (beyond > 0 ? beyond * LogTailRatio : 0);
    }

    private double LogTailRatio => TailRatio.Value > 0.5 ? Elementary.Log1p(-Math.ScaleB(TailRatio.Complement, -TailRatio.Bits)) : Math.Log(TailRatio.Value);

    /// <summary>w_(k+1) + w_(k+2) + ..., k &gt;= 0.</summary>
    internal double WeightBeyond(long magnitude) => magnitude <= LastPlace
        ? (double)(upTo[^1] - upTo[magnitude] + tail)
        : (double)tail * Math.Pow(TailRatio.Value, magnitude - LastPlace);

    /// <inheritdoc/>
    public override double StandardDeviation => Step * moments.Value.StandardDeviation;

    /// <inheritdoc/>
    public override double MeanAbsolute => Step * moments.Value.MeanAbsolute;

    /// <inheritdoc/>
    public override double FisherInformation => double.PositiveInfinity;

    /// <inheritdoc/>
    public override double Entropy => moments.Value.Entropy + Math.Log(Step);

    /// <inheritdoc/>
    public override double LogDensity(double z) =>
        double.IsInfinity(z) ? double.NegativeInfinity : LogWeight(CellAround(z)) - Math.Log(total) - Math.Log(Step);

    private long CellAround(double z) => (long)Math.Min(Math.Round(Math.Abs(z) * StepsPerSensitivity), 1L << 62);

    /// <inheritdoc/>
    public override double Survival(double x)
    {
        var last = LastPointUpTo(x);
        return last >= 0 ? WeightBeyond(last) / total : 1 - WeightBeyond(-last - 1) / total;
    }

    /// <inheritdoc/>
    public override double LogSurvival(double x)
    {
        if (double.IsPositiveInfinity(x))
            return double.NegativeInfinity;
        var last = LastPointUpTo(x);
        if (last < 0)
            return Elementary.Log1p(-WeightBeyond(-last - 1) / total);
        var beyond = Math.Max(last - LastPlace, 0);
        return Math.Log(WeightBeyond(Math.Min(last, LastPlace)) / total) + beyond * LogTailRatio;
    }

    /// <summary>The largest k with k h &lt;= x, both as doubles; beyond 2^62 steps, that many.</summary>
    private long LastPointUpTo(double x)
    {
        const double farthest = 1L << 62;
        if (!(Math.Abs(x) < farthest / StepsPerSensitivity))
            return x > 0 ? (long)farthest : -(long)farthest;
        var k = (long)Math.Floor(x * StepsPerSensitivity);
        return Value(k + 1) <= x ? k + 1 : Value(k) <= x ? k : k - 1;
    }

    private double Value(long steps) => (double)steps / StepsPerSensitivity;

    /// <inheritdoc/>
    public override double Cdf(double x)
    {
        var last = LastPointUpTo(x);
        return last >= 0 ? 1 - WeightBeyond(last) / total : WeightBeyond(-last - 1) / total;
    }

    /// <inheritdoc/>
    public override double Usefulness(double g) => 1 - 2 * WeightBeyond(LastPointUpTo(g)) / total;

    /// <inheritdoc/>
    public override double Quantile(double p)
    {
        Parameter.Probability(p);
        // The smallest k with P(|steps| > k on one side) <= 1 - p, or minus the largest j with P(steps >= j) >= p.
        return p > 0.5 ? Value(First(k => WeightBeyond(k) <= (1 - p) * total)) : -Value(First(k => WeightBeyond(k) < p * total));
    }

    /// <summary>The smallest k &gt;= 0 with a property that all larger ones share.</summary>
    private static long First(Func<long, bool> holds)
    {
        if (holds(0))
            return 0;
        var (low, high) = (0L, 1L);
        while (!holds(high))
            (low, high) = (high, 2 * high);
        while (high - low > 1)
        {
            var middle = low + (high - low) / 2;
            (low, high) = holds(middle) ? (low, middle) : (middle, high);
        }
        return high;
    }

    /// <summary>The largest over all outputs and all shifts of a whole number of steps up to the given one.</summary>
    public override double MaximumPrivacyLoss(double shift) => new LatticeLosses(this, Steps(shift)).Maximum;

    /// <summary>The whole number of steps of a shift.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The shift is not a positive multiple of h.</exception>
    internal int Steps(double shift)
    {
        var steps = Math.Round(shift * StepsPerSensitivity);
        return steps is >= 1 and <= int.MaxValue / 2 && Math.Abs(steps - shift * StepsPerSensitivity) <= 1e-9 * steps
            ? (int)steps
            : throw new ArgumentOutOfRangeException(nameof(shift), shift, "a lattice law is shifted by a whole number of steps");
    }

    /// <summary>The law of factor * Z, spread evenly over the cells and rounded to the same lattice again.</summary>
    public override LatticeLaw Scale(double factor) =>
        LatticeRounding.Scaled(this, Parameter.Positive(factor, "lattice", "the factor to scale by"));

    /// <inheritdoc/>
    public override double Sample(RandomSource random) => Value(SampleSteps(random));

    /// <summary>One draw of Z/h, exactly: P(k) = w_|k| / W to the last digit, given uniform words.</summary>
    public long SampleSteps(RandomSource random)
    {
        var u = random.NextBelow(Total);
        if (u < weights[0])
            return 0;
        u -= weights[0];
        var magnitude = Magnitude(random, u >> 1);
        return (u & 1) == 0 ? magnitude : -magnitude;
    }

    /// <summary>k &gt;= 1 for a uniform u below w_1 + w_2 + ...; in the tail, every further step is one exact trial.</summary>
    private long Magnitude(RandomSource random, UInt128 u)
    {
        if (u >= upTo[^1])
        {
            var k = LastPlace + 1L;
            while (TailRatio.Trial(random))
                k++;
            return k;
        }
        var (low, high) = (0, LastPlace);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            (low, high) = u < upTo[middle] ? (low, middle) : (middle, high);
        }
        return high;
    }

    /// <inheritdoc/>
    public override string Description => FormattableString.Invariant($"lattice law of step 1/{StepsPerSensitivity} and standard deviation {StandardDeviation:G6} ({weights.Length} weights)");

    /// <inheritdoc/>
    public override string ToString() => LatticeText.Of(this);
}

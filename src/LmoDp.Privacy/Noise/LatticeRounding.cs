namespace LmoDp.Privacy.Noise;

/// <summary>Laws rounded to a lattice.</summary>
internal static class LatticeRounding
{
    private const int MostPlaces = 1 << 16;

    /// <summary>The weight of zero. 62 bits leave the total far from 128.</summary>
    private const double Peak = 1UL << 62;

    /// <summary>Where cells become lighter than this the geometric tail begins: the last weight is then a multiple of a number of 12 bits to one part in 2^12.</summary>
    private const double Lightest = 1UL << 24;

    private const int SignificantBits = 12;

    /// <summary>The law of h round(Z/h).</summary>
    public static LatticeLaw Round(NoiseLaw law, int stepsPerSensitivity) => law switch
    {
        ContinuousLaw continuous => Round(continuous.Probability, stepsPerSensitivity),
        LatticeLaw lattice when lattice.StepsPerSensitivity == stepsPerSensitivity => lattice,
        LatticeLaw lattice => Round(Spread(lattice, 1), stepsPerSensitivity),
        _ => throw new ArgumentOutOfRangeException(nameof(law)),
    };

    /// <summary>A lattice law spread over its cells, multiplied, and rounded to its lattice again.</summary>
    public static LatticeLaw Scaled(LatticeLaw law, double factor) => Round(Spread(law, factor), law.StepsPerSensitivity);

    /// <summary>P(a &lt; Z &lt;= b), 0 &lt;= a &lt;= b, or a = -b.</summary>
    private delegate double IntervalProbability(double a, double b);

    /// <summary>The law whose weights are proportional to these, with a geometric tail of the given ratio beyond the last.</summary>
    /// <param name="weights">Positive, not increasing.</param>
    /// <param name="tailRatio">Between 0 and 1.</param>
    /// <param name="stepsPerSensitivity">m.</param>
    public static LatticeLaw FromWeights(double[] weights, double tailRatio, int stepsPerSensitivity)
    {
        var beyond = new double[weights.Length];
        beyond[^1] = weights[^1] * tailRatio / (1 - tailRatio);
        for (var k = weights.Length - 1; k > 0; k--)
            beyond[k - 1] = beyond[k] + weights[k];
        var last = weights.Length - 1;
        return FromCells(k => k <= last ? weights[k] : weights[last] * Math.Pow(tailRatio, k - last),
            k => k <= last ? beyond[k] : beyond[last] * Math.Pow(tailRatio, k - last), stepsPerSensitivity, last + 1);
    }

    private static LatticeLaw Round(IntervalProbability probability, int stepsPerSensitivity)
    {
        if (stepsPerSensitivity is < 1 or > LatticeLaw.MostSteps)
            throw new BadInputException(FormattableString.Invariant($"lattice: the steps to the sensitivity must number 1 to {LatticeLaw.MostSteps}, not {stepsPerSensitivity}"));
        double Edge(int k) => (k + 0.5) / stepsPerSensitivity;
        return FromCells(k => k == 0 ? probability(-Edge(0), Edge(0)) : probability(Edge(k - 1), Edge(k)), k => probability(Edge(k), double.PositiveInfinity), stepsPerSensitivity, MostPlaces);
    }

    /// <param name="cell">Mass at place k &gt;= 0, on any scale.</param>
    /// <param name="massBeyond">Mass above place k &gt;= 0, on one side.</param>
    /// <param name="stepsPerSensitivity">m.</param>
    /// <param name="mostPlaces">Places that may have a weight of their own.</param>
    private static LatticeLaw FromCells(Func<int, double> cell, Func<int, double> massBeyond, int stepsPerSensitivity, int mostPlaces)
    {
        var unit = Peak / cell(0);
        var weights = new List<ulong> { (ulong)Peak };
        while (weights.Count < mostPlaces)
        {
            var weight = unit * cell(weights.Count);
            if (!(weight >= Lightest))
                break;
            // Cells that rounding alone makes heavier than their neighbour are cut to it.
            weights.Add(Math.Min((ulong)weight, weights[^1]));
        }
        var ratio = TailRatio(weights[^1], unit * massBeyond(weights.Count - 1));
        weights[^1] -= weights[^1] % ratio.Complement;
        return new LatticeLaw(stepsPerSensitivity, weights, ratio);
    }

    /// <summary>r with w r / (1 - r) = beyond, nearly: r = p/2^j with 12 significant bits in both p and 2^j - p, as far as w has 12 more bits than the latter.</summary>
    private static DyadicRatio TailRatio(double last, double beyond)
    {
        var (ratio, rest) = (beyond / (last + beyond), last / (last + beyond));
        var smaller = Math.Max(Math.Min(ratio, rest), double.Epsilon);
        var most = Math.Max(ratio < rest ? Math.ILogB(last) - SignificantBits : DyadicRatio.MostBits, SignificantBits);
        var bits = Math.Clamp(SignificantBits - 1 - Math.ILogB(smaller), SignificantBits, Math.Min(most, DyadicRatio.MostBits));
        var complement = Math.Clamp((ulong)Math.Round(Math.ScaleB(rest, bits)), 1, (1UL << bits) - 1);
        return new DyadicRatio((1UL << bits) - complement, bits);
    }

    /// <summary>Interval probabilities of factor * (Z + a uniform part of a cell), whose density is a staircase.</summary>
    private static IntervalProbability Spread(LatticeLaw law, double factor)
    {
        var total = (double)law.Total;
        double Tail(double x)
        {
            if (double.IsPositiveInfinity(x))
                return 0;
            var place = x / factor * law.StepsPerSensitivity;
            var cell = Math.Round(place);
            return (law.WeightBeyond((long)Math.Min(cell, 1L << 62)) + law.Weight((long)Math.Min(cell, 1L << 62)) * (cell + 0.5 - place)) / total;
        }
        return (a, b) => a < 0 ? 1 - 2 * Tail(b) : Tail(a) - Tail(b);
    }
}

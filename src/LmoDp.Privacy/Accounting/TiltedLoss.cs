namespace LmoDp.Privacy.Accounting;

/// <summary>
/// A grid distribution multiplied by exp(theta l - c), c chosen so that the weights add up to 1. Where theta makes the composed loss concentrate on the epsilon of
/// interest, delta = 1e-30 is as well conditioned as 1e-5: what is added up afterwards are numbers of order one (exponential tilting; sisFFT, Wilson and Keich 2016).
/// </summary>
internal sealed class TiltedLoss
{
    private const double Unit = 1.1102230246251565e-16;
    private readonly LossPmf pmf;
    private readonly double theta;

    /// <param name="pmf">The distribution of one step, not all of it at infinity.</param>
    /// <param name="theta">Tilt, at least 0; theta + 1 is the Rényi order.</param>
    public TiltedLoss(LossPmf pmf, double theta)
    {
        (this.pmf, this.theta) = (pmf, theta);
        Weights = new double[pmf.Masses.Length];
        var (centre, sum, farthest) = Total(pmf, theta, 0, Weights.Length, Weights);
        LogScale = centre + Math.Log(sum);
        if (sum == 0)
            (LogScale, sum) = (double.NegativeInfinity, 1);
        for (var i = 0; i < Weights.Length; i++)
        {
            Weights[i] /= sum;
            Mean += Weights[i] * pmf.Loss(i);
        }
        RelativeError = Roundings(farthest, centre);
    }

    /// <summary>
    /// Relative error of terms and of a scale: three roundings of theta l, one of c in the exponent, one of it and two of log(sum) in the scale, and a few of the products and of e^x. Where exponents are beyond 600,
    /// log p is added, which is above -745: it has 2 u, its sum 1 u of as much.
    /// </summary>
    private double Roundings(double farthest, double centre) =>
        Unit * (4 * farthest + 4 * Math.Abs(centre) + 4 * Math.Abs(LogScale) + (farthest + Math.Abs(centre) > 500 ? 2400 : 0) + 24);

    /// <summary>The terms p_i exp(theta l_i - c) of the places from one to before another, where the largest is about 1: c, the sum of the terms, and the largest |theta l_i| among those that do not underflow.</summary>
    private static (double Centre, double Sum, double Farthest) Total(LossPmf pmf, double theta, int from, int to, Span<double> terms)
    {
        var centre = Centre(pmf, theta, from, to);
        var farthest = 0.0;
        var sum = 0.0;
        for (var i = from; i < to; i++)
        {
            var mass = pmf.Masses[i];
            if (mass == 0)
                continue;
            var exponent = theta * pmf.Loss(i) - centre;
            var term = Math.Abs(exponent) < 600 ? mass * Math.Exp(exponent) : Math.Exp(exponent + Math.Log(mass));
            sum += term;
            if (term > 0)
                farthest = Math.Max(farthest, Math.Abs(theta * pmf.Loss(i)));
            if (!terms.IsEmpty)
                terms[i] = term;
        }
        return (centre, sum, farthest);
    }

    /// <summary>The grid indices of the weights.</summary>
    public ReadOnlySpan<long> Knots => pmf.Grid.Knots;

    /// <summary>The most weights that can fall on one place of a circle.</summary>
    public long MostFolded(int size) => Math.Min(Weights.Length, (Knots[^1] - Knots[0]) / size + 1);

    /// <summary>p_i exp(theta l_i - c).</summary>
    public double[] Weights { get; }

    /// <summary>c.</summary>
    public double LogScale { get; }

    /// <summary>Bound on the relative error of every weight.</summary>
    public double RelativeError { get; }

    /// <summary>The mean of the loss under the weights: where the sum's digits are.</summary>
    public double Mean { get; }

    /// <summary>The largest log p_i + theta l_i; a logarithm is taken only where the binary exponent of p_i says that it may be larger.</summary>
    private static double Centre(LossPmf pmf, double theta, int from, int to)
    {
        var centre = double.NegativeInfinity;
        for (var i = from; i < to; i++)
            if (pmf.Masses[i] > 0 && theta * pmf.Loss(i) + (Math.ILogB(pmf.Masses[i]) + 1) * 0.6931471805599454 > centre)
                centre = Math.Max(centre, Math.Log(pmf.Masses[i]) + theta * pmf.Loss(i));
        return double.IsNegativeInfinity(centre) ? 0 : centre;
    }

    /// <summary>Upper bound on the log of the sum of the weights times e^(slope l): taken from the masses, since a weight that is too small for a double may not be negligible here.</summary>
    /// <param name="slope">Of either sign.</param>
    public double LogMoment(double slope) => LogMoment(slope, 0, Weights.Length);

    /// <summary>The same of the weights at grid indices above one; -infinity where there are none.</summary>
    public double LogMomentBeyond(double slope, long index) => LogMoment(slope, FirstBeyond(index), Weights.Length);

    /// <summary>The same of the other weights.</summary>
    public double LogMomentWithin(double slope, long index) => LogMoment(slope, 0, FirstBeyond(index));

    private double LogMoment(double slope, int from, int to)
    {
        var (centre, sum, farthest) = Total(pmf, theta + slope, from, to, []);
        // Further, n additions, and a slope that is itself a rounded sum.
        var atEnds = Math.Max(Math.Abs(pmf.Loss(0)), Math.Abs(pmf.Loss(Weights.Length - 1)));
        return centre + Math.Log(sum) - LogScale + Roundings(farthest, centre) + 4 * Unit * (Weights.Length + (Math.Abs(theta) + Math.Abs(slope)) * atEnds + 40) + RelativeError;
    }

    /// <summary>The place of the first grid index above one.</summary>
    private int FirstBeyond(long index)
    {
        var found = Knots.BinarySearch(index);
        return found >= 0 ? found + 1 : ~found;
    }

    /// <summary>Adds the weights at grid indices above one to the places of their grid index modulo the length, a power of two.</summary>
    public void FoldInto(Span<double> circle, long beyond)
    {
        var mask = circle.Length - 1L;
        var knots = pmf.Grid.Knots;
        for (var i = FirstBeyond(beyond); i < Weights.Length; i++)
            circle[(int)(knots[i] & mask)] += Weights[i];
    }
}

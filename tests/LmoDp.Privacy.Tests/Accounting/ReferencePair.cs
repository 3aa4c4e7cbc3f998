using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>
/// A mechanism as the reference library states it: noise around 0 with sensitivity s, sampled with rate q. ADD compares N(0) with (1-q) N(0) + q N(s), REMOVE (1-q) N(0) + q N(-s) with N(0); the
/// privacy loss falls as the output x grows. Discrete Laplace noise of a parameter a, P(k) proportional to e^(-a |k|), is a lattice law whose step is 1/s.
/// </summary>
internal sealed class ReferencePair
{
    private readonly NoiseLaw law;
    private readonly double rate;
    private readonly Adjacency adjacency;
    private readonly SubsampledLoss loss;
    private readonly DominatingPair pair;

    public ReferencePair(NoiseLaw law, double samplingRate, Adjacency adjacency)
    {
        (this.law, rate, this.adjacency) = (law, samplingRate, adjacency);
        pair = law is LatticeLaw lattice ? new LatticePair(lattice) : new ShiftPair((ContinuousLaw)law, 1);
        loss = new SubsampledLoss(pair, samplingRate);
    }

    /// <summary>The law relative to sensitivity 1, so outputs are divided by it too.</summary>
    public static NoiseLaw Law(string kind, double parameter, double sensitivity) => kind switch
    {
        "gaussian" => new GaussianLaw(parameter / sensitivity),
        "laplace" => new LaplaceLaw(parameter / sensitivity),
        _ => DiscreteLaplace(parameter, sensitivity),
    };

    private static LatticeLaw DiscreteLaplace(double parameter, double sensitivity)
    {
        const int Bits = 44;
        var ratio = new DyadicRatio(parameter > 0 ? (ulong)Math.Round(Math.ScaleB(Math.Exp(-parameter), Bits)) : ulong.MaxValue, Bits);
        return new LatticeLaw(checked((int)sensitivity), [parameter > 0 ? (1UL << Bits) - ratio.Numerator : 1], ratio);
    }

    /// <summary>The discrete Gaussian as a lattice law: weights cut to integers below 2^62, and a tail that begins where they would be 1.</summary>
    public static LatticeLaw DiscreteGaussian(double sigma, int sensitivity)
    {
        var weights = Enumerable.Range(0, 10_000).Select(k => (ulong)Math.ScaleB(Math.Exp(-k * k / (2 * sigma * sigma)), 62)).TakeWhile(weight => weight > 0).ToArray();
        return new LatticeLaw(sensitivity, weights, new DyadicRatio(1, 1));
    }

    public Bounds Delta(double epsilon)
    {
        if (epsilon >= 0)
            return loss.Delta(epsilon, adjacency);
        // delta of (P, Q) at epsilon is 1 - e^epsilon + e^epsilon times that of (Q, P) at -epsilon.
        var other = loss.Delta(-epsilon, adjacency == Adjacency.Add ? Adjacency.Remove : Adjacency.Add);
        double At(double delta) => 1 - Math.Exp(epsilon) + Math.Exp(epsilon) * delta;
        return new Bounds(At(other.Upper), At(other.Lower));
    }

    /// <summary>The largest loss.</summary>
    public double Maximum => loss.Maximum(adjacency);

    /// <summary>The privacy loss of an output x, relative to sensitivity 1.</summary>
    public double Loss(double x) => adjacency == Adjacency.Add ? -loss.Subsampled(law.PrivacyLoss(x, 1)) : loss.Subsampled(law.PrivacyLoss(-x, 1));

    /// <summary>The largest x whose loss is at least the given one.</summary>
    public double Output(double privacyLoss) => adjacency == Adjacency.Add ? Exceeding(loss.Unsampled(-privacyLoss)) : -AtLeast(loss.Unsampled(privacyLoss));

    /// <summary>inf of {unsampled loss &gt; t}.</summary>
    private double Exceeding(double t)
    {
        if (t < 0)
            return 1 - AtLeast(-t);
        var interval = ((ContinuousLaw)law).LossExceeding(t, 1);
        return interval.IsEmpty ? double.PositiveInfinity : interval.Lower;
    }

    /// <summary>inf of {unsampled loss &gt;= t}.</summary>
    private double AtLeast(double t) => t <= 0 ? 1 - Exceeding(-t) : Exceeding(Math.BitDecrement(t));

    /// <summary>Distribution function of the first law of the pair.</summary>
    public double FirstCdf(double x) => adjacency == Adjacency.Add ? law.Cdf(x) : Mixed(law.Cdf(x), law.Cdf(x + 1));

    /// <summary>Its complement, also where it is small.</summary>
    public double FirstSurvival(double x) => adjacency == Adjacency.Add ? law.Survival(x) : Mixed(law.Survival(x), law.Survival(x + 1));

    /// <summary>log of the second law's distribution function.</summary>
    public double SecondLogCdf(double x)
    {
        double LogCdf(double y) => law is LatticeLaw || y > 0 ? Math.Log(law.Cdf(y)) : law.LogSurvival(-y);
        if (adjacency == Adjacency.Remove)
            return LogCdf(x);
        var (near, far) = (LogCdf(x), LogCdf(x - 1));
        return near + Math.Log(Mixed(1, Math.Exp(far - near)));
    }

    private double Mixed(double without, double with) => (1 - rate) * without + rate * with;

    /// <summary>Mass of {lower &lt; loss &lt;= upper} under the first law.</summary>
    public double Mass(double lower, double upper)
    {
        if (adjacency == Adjacency.Remove)
        {
            var masses = pair.Masses([loss.Unsampled(lower), loss.Unsampled(upper)]);
            return Mixed(masses.Q[1], masses.P[1]);
        }
        return pair.Masses([loss.Unsampled(-upper), loss.Unsampled(-lower)]).Q[1];
    }

    /// <summary>The connect-the-dots masses on the knots first, ..., last of a grid.</summary>
    public double[] Dots(double step, long first, long last) =>
        loss.OnGrid(new LossGrid(step, [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => first + i)]), adjacency).Dominating.Masses;
}

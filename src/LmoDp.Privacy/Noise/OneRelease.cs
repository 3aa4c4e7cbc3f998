using LmoDp.Privacy.Numerics;
using MathNet.Numerics.RootFinding;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// What one release of a scalar sum plus noise costs, exactly: P is the law of the output with the example (f shifted by the sensitivity), Q without.
/// f is symmetric and unimodal, so the full shift dominates every smaller one, and (P, Q) and (Q, P) are mirror images: each figure holds for adding
/// and for removing an example.
/// </summary>
/// <param name="law">The noise.</param>
/// <param name="shift">The sensitivity, positive; 1 where the law is stated relative to it; for a lattice law a multiple of its step.</param>
public sealed class OneRelease(NoiseLaw law, double shift = 1)
{
    private readonly LossIntegrals losses = shift > 0 && double.IsFinite(shift)
        ? LossIntegrals.Of(law, shift)
        : throw new ArgumentOutOfRangeException(nameof(shift), shift, "the sensitivity must be positive and finite");

    /// <summary>The smallest epsilon with delta = 0; +infinity where there is none.</summary>
    public double PureEpsilon => losses.Maximum;

    /// <summary>P(loss &gt; threshold) and Q(loss &gt; threshold), for any real threshold.</summary>
    public LossMass Exceeding(double threshold)
    {
        if (threshold < 0)
        {
            // {loss <= t} is the mirror image of {loss >= -t}, with P and Q exchanged.
            var mirrored = AtLeast(-threshold);
            return new(1 - mirrored.WithoutExample, 1 - mirrored.WithExample);
        }
        return losses.Above(threshold);
    }

    /// <summary>P(loss &gt;= threshold) and Q(loss &gt;= threshold): differs from <see cref="Exceeding"/> where the loss has atoms (Laplace at +-shift/scale).</summary>
    public LossMass AtLeast(double threshold)
    {
        if (threshold <= 0)
        {
            var mirrored = Exceeding(-threshold);
            return new(1 - mirrored.WithoutExample, 1 - mirrored.WithExample);
        }
        return losses.Above(Math.BitDecrement(threshold));
    }

    /// <summary>
    /// The smallest delta for which the release is (epsilon, delta)-private: the integral of (P - e^epsilon Q)_+ over the outputs whose loss exceeds epsilon. Every
    /// digit counts, however small: the integrand is P (1 - e^(epsilon - loss)), never a difference of masses. For epsilon &lt; 0, delta = 1 - e^epsilon + e^epsilon delta(-epsilon).
    /// </summary>
    public double Delta(double epsilon)
    {
        if (double.IsNaN(epsilon))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "epsilon must be a number");
        if (epsilon < 0)
            return -Elementary.Expm1(epsilon) + Math.Exp(epsilon) * Delta(-epsilon);
        return Math.Exp(LogDelta(epsilon));
    }

    private double LogDelta(double epsilon) =>
        epsilon >= PureEpsilon ? double.NegativeInfinity : losses.LogMeanAbove(epsilon, loss => loss + Elementary.Log1mExp(epsilon - loss));

    /// <summary>The smallest epsilon &gt;= 0 for which the release is (epsilon, delta)-private; +infinity where there is none.</summary>
    /// <param name="delta">0 &lt;= delta &lt;= 1.</param>
    public double Epsilon(double delta)
    {
        if (!(delta is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "delta must lie between 0 and 1");
        if (delta == 0)
            return PureEpsilon;
        if (Delta(0) <= delta)
            return 0;
        var logDelta = Math.Log(delta);
        var (low, high) = (0.0, PureEpsilon);
        if (double.IsPositiveInfinity(high))
        {
            for (high = 1; LogDelta(high) > logDelta; high *= 2)
                low = high;
        }
        // log delta is -infinity at a finite pure epsilon; any floor below the target leaves the root where it is.
        return Brent.FindRoot(epsilon => Math.Max(LogDelta(epsilon), logDelta - 50) - logDelta, low, high, 1e-14, 200);
    }

    /// <summary>
    /// The Renyi divergence D_a(P || Q) of any order a &gt; 0, order 1 being Kullback-Leibler. With L the loss, the integral of Q (e^(aL) - 1 - a (e^L - 1)) is what
    /// E_Q[e^(aL)] exceeds 1 by, and its integrand has one sign: small divergences keep their digits, large ones stay in log space.
    /// </summary>
    public double Renyi(double order)
    {
        if (!(order > 0 && double.IsFinite(order)))
            throw new ArgumentOutOfRangeException(nameof(order), order, "the order of a Renyi divergence must be positive and finite");
        var logExcess = losses.LogMean(loss => RenyiExcess.Log(order, loss));
        if (order == 1)
            return Math.Exp(logExcess);
        if (order > 1)
            return RenyiExcess.Divergence(logExcess, order);
        var logMoment = logExcess < -0.7
            ? Elementary.Log1p(-Math.Exp(logExcess))
            : losses.LogMean(loss => order * loss);
        return logMoment / (order - 1);
    }
}

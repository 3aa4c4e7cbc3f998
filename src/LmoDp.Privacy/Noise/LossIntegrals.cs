using LmoDp.Privacy.Numerics;

namespace LmoDp.Privacy.Noise;

/// <summary>Masses and means over the outputs of one release whose privacy loss is l, by whatever way the law's outputs are added up.</summary>
internal abstract class LossIntegrals
{
    /// <summary>The integrals of a law.</summary>
    public static LossIntegrals Of(NoiseLaw law, double shift) => law switch
    {
        ContinuousLaw continuous => new DensityIntegrals(continuous, shift),
        LatticeLaw lattice => new LatticeIntegrals(lattice, lattice.Steps(shift)),
        _ => throw new ArgumentOutOfRangeException(nameof(law)),
    };

    /// <summary>sup l.</summary>
    public abstract double Maximum { get; }

    /// <summary>P(l &gt; t) and Q(l &gt; t), t &gt;= 0.</summary>
    public abstract LossMass Above(double threshold);

    /// <summary>log of E_Q[exp(w(l))].</summary>
    public abstract double LogMean(Func<double, double> logWeight);

    /// <summary>log of E_Q[exp(w(l)); l &gt; t], t &gt;= 0.</summary>
    public abstract double LogMeanAbove(double threshold, Func<double, double> logWeight);
}

/// <summary>By quadrature of the density.</summary>
internal sealed class DensityIntegrals(ContinuousLaw law, double shift) : LossIntegrals
{
    /// <inheritdoc/>
    public override double Maximum => law.MaximumPrivacyLoss(shift);

    /// <inheritdoc/>
    public override LossMass Above(double threshold)
    {
        var outputs = law.LossExceeding(threshold, shift);
        return outputs.IsEmpty
            ? default
            : new(law.Probability(outputs.Lower - shift, outputs.Upper - shift), law.Probability(outputs.Lower, outputs.Upper));
    }

    /// <summary>In four pieces, on each of which the integrands met here are smooth and have one peak.</summary>
    public override double LogMean(Func<double, double> logWeight)
    {
        double Log(double z) => law.LogDensity(z) + logWeight(law.PrecisePrivacyLoss(z, shift));
        return Elementary.LogSum(
            Elementary.LogSum(
                LogQuadrature.Integrate(y => Log(-y), 0, double.PositiveInfinity, shift),
                LogQuadrature.Integrate(Log, 0, shift / 2, shift)),
            Elementary.LogSum(
                LogQuadrature.Integrate(Log, shift / 2, shift, shift),
                LogQuadrature.Integrate(Log, shift, double.PositiveInfinity, shift)));
    }

    /// <inheritdoc/>
    public override double LogMeanAbove(double threshold, Func<double, double> logWeight)
    {
        var outputs = law.LossExceeding(threshold, shift);
        double Log(double z)
        {
            var loss = law.PrivacyLoss(z, shift);
            return loss > threshold ? law.LogDensity(z) + logWeight(loss) : double.NegativeInfinity;
        }
        return Elementary.LogSum(
            LogQuadrature.Integrate(Log, outputs.Lower, Math.Min(outputs.Upper, shift), shift),
            LogQuadrature.Integrate(Log, Math.Max(outputs.Lower, shift), outputs.Upper, shift));
    }
}

/// <summary>By adding up the outcomes of a lattice law.</summary>
internal sealed class LatticeIntegrals(LatticeLaw law, int shift) : LossIntegrals
{
    private readonly LatticeLosses losses = new(law, shift);

    /// <inheritdoc/>
    public override double Maximum => losses.Maximum;

    /// <inheritdoc/>
    public override LossMass Above(double threshold)
    {
        var (p, q) = (0.0, 0.0);
        for (var i = losses.CountAbove(threshold) - 1; i >= 0; i--)
            (p, q) = (p + losses.P(i), q + losses.Q(i));
        return new LossMass(p, q);
    }

    /// <inheritdoc/>
    public override double LogMean(Func<double, double> logWeight)
    {
        var sum = new LogTotal();
        if (losses.Middle > 0)
            sum.Add(Math.Log(losses.Middle) + logWeight(0));
        for (var i = 0; i < losses.Count; i++)
        {
            sum.Add(losses.LogQ(i) + logWeight(losses.Loss(i)));
            sum.Add(Math.Log(losses.P(i)) + logWeight(-losses.Loss(i)));
        }
        return sum.Log;
    }

    /// <inheritdoc/>
    public override double LogMeanAbove(double threshold, Func<double, double> logWeight)
    {
        var sum = new LogTotal();
        for (var i = losses.CountAbove(threshold) - 1; i >= 0; i--)
            sum.Add(losses.LogQ(i) + logWeight(losses.Loss(i)));
        return sum.Log;
    }
}

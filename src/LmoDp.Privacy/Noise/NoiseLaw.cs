using LmoDp.Privacy.Sampling;

namespace LmoDp.Privacy.Noise;

/// <summary>
/// A one-dimensional noise law, continuous (<see cref="ContinuousLaw"/>) or on a lattice (<see cref="LatticeLaw"/>): symmetric about 0, with a density that does not
/// increase in |z|. Both properties are what makes the shift by exactly the sensitivity the worst one (docs/accounting.md, one release), so every law must have them.
/// All quantities are relative to sensitivity 1; <see cref="Scale"/> multiplies by the clipping norm.
/// </summary>
public abstract class NoiseLaw
{
    /// <summary>The inline form that the command line reads, such as <c>gaussian:std=2</c>. Round-trips exactly; a lattice law's is long.</summary>
    public abstract override string ToString();

    /// <summary>What a person is told that the law is; <see cref="ToString"/> unless that is long.</summary>
    public virtual string Description => ToString();

    /// <summary>log f(z), natural logarithm; for a lattice law, f is its probability per unit of length in the cell around z.</summary>
    public abstract double LogDensity(double z);

    /// <summary>P(Z &gt; x), relatively accurate far into the tail.</summary>
    public abstract double Survival(double x);

    /// <summary>log P(Z &gt; x), finite also where <see cref="Survival"/> underflows.</summary>
    public abstract double LogSurvival(double x);

    /// <summary>P(Z &lt;= x).</summary>
    public virtual double Cdf(double x) => Survival(-x);

    /// <summary>The smallest x with P(Z &lt;= x) &gt;= p, 0 &lt; p &lt; 1. By symmetry -Quantile(p) is the point with upper tail p, accurate for tiny p.</summary>
    public abstract double Quantile(double p);

    /// <summary>sqrt(E Z^2); +infinity where it does not exist.</summary>
    public abstract double StandardDeviation { get; }

    /// <summary>E|Z|; +infinity where it does not exist.</summary>
    public abstract double MeanAbsolute { get; }

    /// <summary>Fisher information of location, the integral of f'^2/f; +infinity where the density jumps, as a lattice law's does.</summary>
    public abstract double FisherInformation { get; }

    /// <summary>Differential entropy in nats; for a lattice law that of its density in <see cref="LogDensity"/>.</summary>
    public abstract double Entropy { get; }

    /// <summary>P(|Z| &lt;= g): the usefulness of the paper (arXiv 2405.18776), g &gt;= 0.</summary>
    public virtual double Usefulness(double g) => 1 - 2 * Survival(g);

    /// <summary>
    /// The privacy loss log f(z - shift) - log f(z) of the output z, shift &gt; 0: positive where a release with the example is the likelier source.
    /// It is antisymmetric about shift/2 and does not decrease on [0, shift].
    /// </summary>
    public virtual double PrivacyLoss(double z, double shift) => LogDensity(z - shift) - LogDensity(z);

    /// <summary>The same with full relative precision also where it is far below the rounding of log f, for integrals of small losses; may cost more.</summary>
    internal virtual double PrecisePrivacyLoss(double z, double shift) => PrivacyLoss(z, shift);

    /// <summary>The largest privacy loss of one release whose shift is at most <paramref name="shift"/>: its pure epsilon; +infinity where the loss is unbounded.</summary>
    public abstract double MaximumPrivacyLoss(double shift);

    /// <summary>The law of factor * Z, factor &gt; 0.</summary>
    public abstract NoiseLaw Scale(double factor);

    /// <summary>One draw.</summary>
    public abstract double Sample(RandomSource random);

    /// <summary>Independent draws, one a place.</summary>
    public virtual void Sample(RandomSource random, Span<double> destination)
    {
        for (var i = 0; i < destination.Length; i++)
            destination[i] = Sample(random);
    }
}

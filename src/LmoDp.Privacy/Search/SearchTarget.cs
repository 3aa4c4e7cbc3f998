using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>The guarantee that searched noise must meet: (epsilon, delta) for T scalar releases, each on its own Poisson sample.</summary>
public sealed record SearchTarget
{
    /// <summary>The largest target epsilon.</summary>
    public const double LargestEpsilon = 100;

    /// <param name="epsilon">Positive, at most <see cref="LargestEpsilon"/>.</param>
    /// <param name="delta">0 &lt; delta &lt; 1.</param>
    /// <param name="samplingRate">q, 0 &lt; q &lt;= 1.</param>
    /// <param name="steps">T, at least 1.</param>
    /// <exception cref="BadInputException">A number is out of range.</exception>
    public SearchTarget(double epsilon, double delta, double samplingRate, long steps)
    {
        if (!(epsilon is > 0 and <= LargestEpsilon))
            throw new BadInputException(FormattableString.Invariant($"noise is searched for target epsilons above 0 and up to {LargestEpsilon}, not for {epsilon:R}"));
        if (!(delta > 0 && delta < 1))
            throw new BadInputException(FormattableString.Invariant($"the target delta must lie between 0 and 1, not {delta:R}"));
        if (!(samplingRate > 0 && samplingRate <= 1))
            throw new BadInputException(FormattableString.Invariant($"nothing to search: the sampling rate must be above 0 and at most 1, not {samplingRate:R}"));
        if (steps < 1)
            throw new BadInputException(FormattableString.Invariant($"nothing to search: there must be at least one step, not {steps}"));
        (Epsilon, Delta, SamplingRate, Steps) = (epsilon, delta, samplingRate, steps);
    }

    /// <summary>Target epsilon.</summary>
    public double Epsilon { get; }

    /// <summary>Target delta.</summary>
    public double Delta { get; }

    /// <summary>Poisson sampling rate q.</summary>
    public double SamplingRate { get; }

    /// <summary>Number of releases T.</summary>
    public long Steps { get; }

    /// <summary>T releases with this noise.</summary>
    public Composition With(NoiseLaw noise) => new(new ReleaseGroup(new ScalarRelease(noise), SamplingRate, Steps));

    /// <summary>Certified bounds on the epsilon of T releases with this noise.</summary>
    public Bounds Certify(NoiseLaw noise) => PldAccountant.Epsilon(With(noise), Delta, Calibration.CertificateWidth);
}

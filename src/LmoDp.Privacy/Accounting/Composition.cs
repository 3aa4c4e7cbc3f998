using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Accounting;

/// <summary>Equal steps: each draws a Poisson sample and publishes one release, or several from the same draw.</summary>
public sealed record ReleaseGroup
{
    /// <summary>The fault of noise that is far too small for anything.</summary>
    internal const string BeyondDoubles = "the privacy losses of this noise are beyond the range of a double: is the scale a slip?";

    /// <param name="release">What one step publishes.</param>
    /// <param name="samplingRate">Probability q that an example takes part in a step, in [0, 1].</param>
    /// <param name="steps">Number of steps T, at least 0.</param>
    /// <param name="perDraw">Releases K from one draw, at least 1: a K-fold composition before subsampling, far more costly than K draws.</param>
    /// <exception cref="BadInputException">A number is out of range, or the noise so small that its privacy losses are.</exception>
    public ReleaseGroup(Release release, double samplingRate, long steps, int perDraw = 1)
    {
        ArgumentNullException.ThrowIfNull(release);
        if (!(samplingRate >= 0 && samplingRate <= 1))
            throw new BadInputException(FormattableString.Invariant($"sampling rate must be a probability between 0 and 1, not {samplingRate:R}"));
        if (steps < 0)
            throw new BadInputException(FormattableString.Invariant($"steps must be at least 0, not {steps}"));
        if (perDraw < 1)
            throw new BadInputException(FormattableString.Invariant($"releases per draw must be at least 1, not {perDraw}"));
        if (samplingRate > 0 && release.Noise is ContinuousLaw noise && double.IsNegativeInfinity(noise.LogDensity(Math.Sqrt(perDraw))))
            throw new BadInputException(BeyondDoubles);
        Release = release;
        SamplingRate = samplingRate;
        Steps = steps;
        PerDraw = perDraw;
    }

    /// <summary>What one step publishes.</summary>
    public Release Release { get; }

    /// <summary>Probability that an example takes part in a step.</summary>
    public double SamplingRate { get; }

    /// <summary>Number of steps.</summary>
    public long Steps { get; }

    /// <summary>Releases from one draw.</summary>
    public int PerDraw { get; }

    /// <summary>Whether nothing is ever computed from an example.</summary>
    public bool IsFree => SamplingRate == 0 || Steps == 0;

    /// <summary>The same step taken another number of times.</summary>
    /// <param name="steps">At least 0.</param>
    public ReleaseGroup Repeated(long steps) => new(Release, SamplingRate, steps, PerDraw);
}

/// <summary>
/// Everything that is published about the data: groups of equal steps, in any order (the accounts do not depend on it), fixed in advance.
/// Adjacency is add or remove one example.
/// </summary>
public sealed record Composition
{
    /// <param name="groups">The groups; those that cost nothing (rate 0 or no steps) are kept and ignored.</param>
    public Composition(params IReadOnlyList<ReleaseGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        Groups = groups;
    }

    /// <summary>The groups as given.</summary>
    public IReadOnlyList<ReleaseGroup> Groups { get; }

    /// <summary>The groups that cost something.</summary>
    internal IReadOnlyList<ReleaseGroup> Charged => [.. Groups.Where(group => !group.IsFree)];
}

/// <summary>A proven interval around the exact value: Lower &lt;= exact &lt;= Upper.</summary>
/// <param name="Upper">The guarantee.</param>
/// <param name="Lower">What no accountant can go below.</param>
public readonly record struct Bounds(double Upper, double Lower)
{
    /// <summary>An interval of one point.</summary>
    public static Bounds Exactly(double value) => new(value, value);

    /// <summary>(Upper - Lower) / Upper; 0 for an interval of one point.</summary>
    public double RelativeWidth => Upper == Lower ? 0 : (Upper - Lower) / Upper;
}

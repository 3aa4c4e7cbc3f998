namespace LmoDp.Privacy.Accounting;

/// <summary>
/// What a training run may do to private data, fixed before the data are read: number of units (public), sampling rate, steps, clipping norm, noise, target and
/// accountant in one immutable object, so that sampler, sensitivity, noise and account cannot disagree.
/// </summary>
public sealed record PrivacyPlan
{
    /// <param name="units">Number n of privacy units (rows, or users), treated as public.</param>
    /// <param name="samplingRate">Poisson sampling rate q.</param>
    /// <param name="steps">Planned steps T.</param>
    /// <param name="clippingNorm">L2 norm C that every unit's contribution is clipped to.</param>
    /// <param name="release">What a step publishes; its noise is relative to sensitivity C (1 + sensitivityMargin).</param>
    /// <param name="targetEpsilon">Budget; +infinity for none.</param>
    /// <param name="delta">The delta at which epsilon is stated, 0 &lt;= delta &lt; 1.</param>
    /// <param name="accountant">null: the tightest that is proven for the release.</param>
    /// <param name="sensitivityMargin">eta: how far arithmetic may let a clipped norm exceed C, relative to C.</param>
    /// <param name="perDraw">Releases K from one draw.</param>
    /// <exception cref="BadInputException">A number is out of range, or the plan exceeds its budget.</exception>
    public PrivacyPlan(
        int units, double samplingRate, long steps, double clippingNorm, Release release, double targetEpsilon, double delta,
        AccountantKind? accountant = null, double sensitivityMargin = 0, int perDraw = 1)
        : this(units, samplingRate, steps, clippingNorm, release, targetEpsilon, delta, accountant, sensitivityMargin, perDraw, certified: null)
    {
    }

    private PrivacyPlan(
        int units, double samplingRate, long steps, double clippingNorm, Release release, double targetEpsilon, double delta,
        AccountantKind? accountant, double sensitivityMargin, int perDraw, Bounds? certified)
    {
        ArgumentNullException.ThrowIfNull(release);
        if (units < 1)
            throw new BadInputException(FormattableString.Invariant($"a plan needs at least one row of data, not {units}"));
        if (!(clippingNorm > 0) || double.IsInfinity(clippingNorm))
            throw new BadInputException(FormattableString.Invariant($"clipping norm must be a positive finite number, not {clippingNorm:R}"));
        if (!(sensitivityMargin >= 0 && sensitivityMargin < 1))
            throw new BadInputException(FormattableString.Invariant($"sensitivity margin must lie in [0, 1), not {sensitivityMargin:R}"));
        Step = new ReleaseGroup(release, samplingRate, steps, perDraw);
        Units = units;
        ClippingNorm = clippingNorm;
        SensitivityMargin = sensitivityMargin;
        TargetEpsilon = PrivacyParameters.Epsilon(targetEpsilon);
        Delta = PrivacyParameters.Delta(delta);
        Accountant = accountant ?? Accountants.ForRelease(release);
        Epsilon = certified ?? Accountants.Epsilon(Accountant, new Composition(Step), delta);
        if (Epsilon.Upper > targetEpsilon)
            throw new BadInputException(FormattableString.Invariant(
                $"{steps} steps at sampling rate {samplingRate:R} with {release.Noise.Description} cost epsilon {Epsilon.Upper:G6} at delta {delta:R}, more than the budget of {targetEpsilon:R}: add noise or take fewer steps"));
    }

    /// <summary>A plan whose noise is calibrated to the target.</summary>
    /// <param name="units">Number n of privacy units, treated as public.</param>
    /// <param name="samplingRate">Poisson sampling rate q.</param>
    /// <param name="steps">Planned steps T.</param>
    /// <param name="clippingNorm">L2 norm C.</param>
    /// <param name="shape">Kind of release with noise of the wanted shape at any scale.</param>
    /// <param name="targetEpsilon">Budget, positive and finite.</param>
    /// <param name="delta">0 &lt; delta &lt; 1.</param>
    /// <param name="sensitivityMargin">eta.</param>
    /// <exception cref="BadInputException">A number is out of range, or no scale meets the target.</exception>
    public static PrivacyPlan Calibrated(
        int units, double samplingRate, long steps, double clippingNorm, Release shape, double targetEpsilon, double delta, double sensitivityMargin = 0)
    {
        var calibrated = Calibration.Calibrate(shape, targetEpsilon, delta, samplingRate, steps);
        return new PrivacyPlan(units, samplingRate, steps, clippingNorm, calibrated.Release, targetEpsilon, delta, calibrated.Accountant, sensitivityMargin, 1, calibrated.Epsilon);
    }

    /// <summary>A plan whose noise a search has certified for the target: numbers summed on a lattice, so that the sensitivity is C exactly.</summary>
    /// <param name="units">Number n of privacy units, treated as public.</param>
    /// <param name="samplingRate">Poisson sampling rate q.</param>
    /// <param name="steps">Planned steps T.</param>
    /// <param name="perDraw">Numbers K that a step publishes.</param>
    /// <param name="clippingNorm">C, that every unit's number is clipped to.</param>
    /// <param name="noise">What was certified for this schedule at the target delta.</param>
    /// <param name="targetEpsilon">Budget, positive and finite.</param>
    /// <param name="delta">0 &lt; delta &lt; 1.</param>
    /// <exception cref="BadInputException">A number is out of range.</exception>
    public static PrivacyPlan Certified(
        int units, double samplingRate, long steps, int perDraw, double clippingNorm, CalibratedNoise noise, double targetEpsilon, double delta)
        => new(units, samplingRate, steps, clippingNorm, noise.Release, targetEpsilon, delta, noise.Accountant, 0, perDraw, noise.Epsilon);

    /// <summary>One step, repeated as planned.</summary>
    public ReleaseGroup Step { get; }

    /// <summary>Number n of privacy units, treated as public.</summary>
    public int Units { get; }

    /// <summary>Poisson sampling rate q.</summary>
    public double SamplingRate => Step.SamplingRate;

    /// <summary>q n, the divisor of every sum (never the drawn batch size).</summary>
    public double ExpectedBatchSize => SamplingRate * Units;

    /// <summary>Planned steps T.</summary>
    public long Steps => Step.Steps;

    /// <summary>L2 norm C that every unit's contribution is clipped to.</summary>
    public double ClippingNorm { get; }

    /// <summary>eta: how far arithmetic may let a clipped norm exceed C, relative to C.</summary>
    public double SensitivityMargin { get; }

    /// <summary>C (1 + eta): what the noise is multiplied by.</summary>
    public double Sensitivity => ClippingNorm * (1 + SensitivityMargin);

    /// <summary>What a step publishes, its noise relative to <see cref="Sensitivity"/>.</summary>
    public Release Release => Step.Release;

    /// <summary>Budget.</summary>
    public double TargetEpsilon { get; }

    /// <summary>The delta at which epsilon is stated.</summary>
    public double Delta { get; }

    /// <summary>The accountant that proves the figures.</summary>
    public AccountantKind Accountant { get; }

    /// <summary>Bounds on the epsilon of the whole plan; what a run reports, also one that stops early.</summary>
    public Bounds Epsilon { get; }

    /// <summary>Bounds on the epsilon of the first steps, for showing progress.</summary>
    /// <param name="steps">From 0 to any number.</param>
    public Bounds EpsilonAfter(long steps) => steps == Steps ? Epsilon : Accountants.Epsilon(Accountant, new Composition(Step.Repeated(steps)), Delta);

    /// <summary>
    /// Whether this many steps in all keep within the budget. Redone steps that drew fresh noise count once each; the answer is exact for the plan's own steps and a
    /// fresh account beyond them.
    /// </summary>
    /// <param name="steps">Steps taken, with those about to be.</param>
    public bool Allows(long steps) => steps <= Steps || EpsilonAfter(steps).Upper <= TargetEpsilon;
}

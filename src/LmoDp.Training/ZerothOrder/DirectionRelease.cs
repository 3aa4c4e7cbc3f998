using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;

namespace LmoDp.Training.ZerothOrder;

/// <summary>How the derivatives along a step's K directions become integers, and what noise their sums get: everything about a release that the guarantee rests on.</summary>
internal abstract class DirectionRelease
{
    /// <summary>The release of a plan.</summary>
    /// <param name="plan">Scalars on a lattice, one for each direction, or a Gaussian vector of them.</param>
    /// <param name="directions">K.</param>
    /// <exception cref="ArgumentException">The plan is for something else.</exception>
    public static DirectionRelease Of(PrivacyPlan plan, int directions) => plan switch
    {
        { SensitivityMargin: 0, Release: ScalarRelease { Noise: LatticeLaw law } } when plan.Step.PerDraw == directions => new SeparateRelease(plan.ClippingNorm, law),
        { SensitivityMargin: 0, Release: VectorRelease { Noise: GaussianLaw law }, Step.PerDraw: 1 } => new JointRelease(plan.ClippingNorm, law),
        _ => throw new ArgumentException("the plan is for another release than this: a scalar on a lattice for each direction, or one Gaussian vector, without margin", nameof(plan)),
    };

    /// <summary>What a unit adds to the sums, in lattice steps: a function of the unit's own rows and coins.</summary>
    /// <param name="rows">For each row of the unit its K derivatives, which need not be finite.</param>
    /// <param name="coins">What rounding is left to; as private as the draw of the sample.</param>
    public abstract int[] Contribution(IReadOnlyList<double[]> rows, RandomSource coins);

    /// <summary>One draw of a sum's noise, in lattice steps.</summary>
    public abstract Int128 Noise(RandomSource random);

    private protected static double[] Mean(IReadOnlyList<double[]> rows) => [.. Enumerable.Range(0, rows[0].Length).Select(k => rows.Sum(row => row[k]) / rows.Count)];
}

/// <summary>
/// K scalars: each derivative clipped to [-C, C], the mean over the unit's rows rounded by a coin to a multiple of C / m and, as an integer, clipped to [-m, m]; lattice noise. The last clipping is what the guarantee rests on.
/// </summary>
internal sealed class SeparateRelease(double clippingNorm, LatticeLaw law) : DirectionRelease
{
    private readonly LatticeClipping clipping = new(clippingNorm, law.StepsPerSensitivity);

    /// <inheritdoc/>
    public override int[] Contribution(IReadOnlyList<double[]> rows, RandomSource coins)
        => [.. Mean([.. rows.Select(row => (double[])[.. row.Select(Clipped)])]).Select(mean => clipping.Steps(mean, coins.NextUniform()))];

    /// <inheritdoc/>
    public override Int128 Noise(RandomSource random) => law.SampleSteps(random);

    private double Clipped(double value) => double.IsFinite(value) ? Math.Clamp(value, -clipping.ClippingNorm, clipping.ClippingNorm) : 0;
}

/// <summary>
/// A K-vector: a row's derivatives clipped together to L2 norm C, the mean over the unit's rows cut to multiples of C / m so that the integers have L2 norm at most m, exactly; Gaussian noise on each sum.
/// The noisy sum, an integer plus a Gaussian number, is rounded to an integer, which is post-processing. The Gaussian number is a float64, not a real one: what was said of it in
/// <see cref="GaussianSampler"/> holds here too. Up to <see cref="WidestNoise"/> its grid is finer than 2^-24 of an integer, a wide margin; where noise is so wide that the grid comes to the integers, the low bits of sums are published as they are.
/// </summary>
/// <exception cref="BadInputException">The noise is too wide.</exception>
internal sealed class JointRelease(double clippingNorm, GaussianLaw law) : DirectionRelease
{
    /// <summary>The largest standard deviation, in clipping norms.</summary>
    public const double WidestNoise = 512;

    /// <summary>m. Fine enough that what is cut off does not show where derivatives are about as large as C: with K = 8 the response to a small shift of the derivatives falls by less than 3 parts in 10,000.</summary>
    public const int StepsPerSensitivity = 4096;

    private readonly JointLatticeClipping clipping = new(clippingNorm, StepsPerSensitivity);
    private readonly GaussianLaw law = law.StandardDeviation <= WidestNoise
        ? law
        : throw new BadInputException(FormattableString.Invariant($"derivatives clipped together bear noise of at most {WidestNoise} times the clipping norm, not {law.StandardDeviation:G6}: clip them separately, or use less noise"));

    /// <inheritdoc/>
    public override int[] Contribution(IReadOnlyList<double[]> rows, RandomSource coins) => clipping.Steps(Mean([.. rows.Select(clipping.Clipped)]));

    /// <inheritdoc/>
    public override Int128 Noise(RandomSource random) => (Int128)Math.Round(StepsPerSensitivity * law.Sample(random));
}

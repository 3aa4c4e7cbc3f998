using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Accounting;

/// <summary>
/// What one step publishes: a sum over examples plus noise. Whether the sum is one number or a vector decides what may be proved about it, so it is part of
/// the type: there is no conversion between <see cref="ScalarRelease"/> and <see cref="VectorRelease"/>, and each names the guarantees that hold for it.
/// </summary>
public abstract class Release
{
    private protected Release(NoiseLaw noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        Noise = noise;
    }

    /// <summary>The noise relative to sensitivity 1: what is added is the clipping norm times a draw.</summary>
    public NoiseLaw Noise { get; }

    /// <summary>Whether the privacy loss distribution of <see cref="Noise"/> at shift 1 is that of the release, so that the PLD accountant applies.</summary>
    public abstract bool HasPrivacyLossDistribution { get; }

    /// <summary>The same kind of release with other noise, for calibration.</summary>
    /// <param name="noise">Noise relative to sensitivity 1.</param>
    public abstract Release With(NoiseLaw noise);

    /// <summary>Whether it is one number or a vector.</summary>
    public abstract ReleaseKind Kind { get; }
}

/// <summary>
/// One number: a sum of per-example scalars clipped to [-C, C]. The shift by exactly C dominates for every symmetric unimodal law (docs/accounting.md, one release).
/// </summary>
public sealed class ScalarRelease : Release
{
    /// <param name="noise">Noise relative to sensitivity 1.</param>
    public ScalarRelease(NoiseLaw noise) : base(noise)
    {
    }

    /// <inheritdoc/>
    public override bool HasPrivacyLossDistribution => true;

    /// <inheritdoc/>
    public override ReleaseKind Kind => ReleaseKind.Scalar;

    /// <inheritdoc/>
    public override ScalarRelease With(NoiseLaw noise) => new(noise);
}

/// <summary>
/// A vector of any dimension, a sum clipped in L2 norm to C, with independent noise of one law in every coordinate. For the Gaussian, rotation makes it one-dimensional;
/// for any other law only the Rényi bound over all splits of the shift is proved (docs/accounting-renyi.md, coordinate noise), and the one-dimensional loss distribution is not a bound.
/// </summary>
public sealed class VectorRelease : Release
{
    /// <param name="noise">Noise of one coordinate relative to sensitivity 1.</param>
    public VectorRelease(NoiseLaw noise) : base(noise)
    {
    }

    /// <inheritdoc/>
    public override bool HasPrivacyLossDistribution => Noise is GaussianLaw;

    /// <inheritdoc/>
    public override ReleaseKind Kind => ReleaseKind.Vector;

    /// <inheritdoc/>
    public override VectorRelease With(NoiseLaw noise) => new(noise);
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using LmoDp.Training.Clipping;
using LmoDp.Training.Ledger;
using LmoDp.Training.ZerothOrder;

namespace LmoDp.Training.Runs;

/// <summary>The privacy plan of a run's settings.</summary>
internal static class RunPlan
{
    /// <summary>What the noise is for n units, and what it proves.</summary>
    /// <exception cref="BadInputException">The target cannot be met, or the given law does not meet it.</exception>
    public static PrivacyPlan Of(FinetuneSettings settings, int units)
    {
        var (target, rate) = (TargetFor(settings, units), settings.Sampling.RateFor(units));
        return settings.Method == TrainingMethod.ZerothOrder ? OfDirections(settings, target, units, rate) : OfVectors(settings, target, units, rate);
    }

    /// <summary>
    /// The plan of a run that is gone on with. Noise that was calibrated or searched for is taken from its ledger: made again on another kind of processor, or by another version, it might differ in its last bit.
    /// What it proves is accounted anew.
    /// </summary>
    /// <param name="settings">The run's.</param>
    /// <param name="units">n.</param>
    /// <param name="begun">The beginning of the run's ledger.</param>
    /// <exception cref="BadInputException">The noise does not meet the target.</exception>
    public static PrivacyPlan Resumed(FinetuneSettings settings, int units, LedgerHeader begun)
    {
        if (Shape(settings) is null || begun.Plan is not [{ Terms: var terms }] || settings.DirectionClipping is { } way && way == DirectionClipping.Joint != (terms.Kind == ReleaseKind.Vector))
            return Of(settings, units);
        var (target, rate) = (TargetFor(settings, units), settings.Sampling.RateFor(units));
        var (norm, margin, perDraw) = (settings.Method == TrainingMethod.ZerothOrder, terms.Kind) switch
        {
            (false, _) => (Rule(settings).Norm, FinetuneRun.SensitivityMargin, 1),
            (true, ReleaseKind.Vector) => (JointNorm(settings), 0, 1),
            (true, _) => (settings.ClippingNorm, 0, settings.Directions),
        };
        var release = terms.Kind.With(NoiseLawParser.ParseInline(terms.Noise));
        var accountant = Accountants.ForRelease(release);
        var epsilon = Accountants.Epsilon(accountant, new Composition(new ReleaseGroup(release, rate, settings.Steps, perDraw)), target.Delta, Calibration.CertificateWidth);
        return PrivacyPlan.Certified(units, rate, settings.Steps, perDraw, norm, new CalibratedNoise(release, epsilon, accountant), target.Epsilon, target.Delta, margin);
    }

    /// <summary>What noise was asked for, where its scale or its weights are found by the program; null where a law is used as it is given.</summary>
    public static string? Shape(FinetuneSettings settings)
    {
        var target = settings.Target!;
        if (settings.Method == TrainingMethod.ZerothOrder)
            return NoiseSearchFamilies.TryParse(target.Noise) is null ? null : target.Noise;
        var noise = NoiseChoice.Parse(target.Noise, target.Exponential);
        return noise.IsFamily ? target.Noise : target.Use == LawUse.Scaled ? noise.Law.ToString() : null;
    }

    private static PrivacyTarget TargetFor(FinetuneSettings settings, int units)
    {
        var target = settings.Target ?? throw new ArgumentException("the settings are not private", nameof(settings));
        return target.Delta < 1.0 / units ? target
            : throw new BadInputException(FormattableString.Invariant($"--delta {target.Delta:R} is no less than 1/{units}, one over the number of units: a run that published a whole unit at random would keep it; give one far below that"));
    }

    /// <summary>How gradients are clipped.</summary>
    public static ClippingRule Rule(FinetuneSettings settings)
        => settings.Clipping == ClippingKind.Automatic ? new AutomaticClipping(settings.ClippingNorm) : new FlatClipping(settings.ClippingNorm);

    private static PrivacyPlan OfVectors(FinetuneSettings settings, PrivacyTarget target, int units, double rate)
    {
        var noise = NoiseChoice.Parse(target.Noise, target.Exponential);
        var release = new VectorRelease(noise.Law);
        return Shape(settings) is not null
            ? PrivacyPlan.Calibrated(units, rate, settings.Steps, Rule(settings).Norm, release, target.Epsilon, target.Delta, FinetuneRun.SensitivityMargin)
            : new PrivacyPlan(units, rate, settings.Steps, Rule(settings).Norm, release, target.Use == LawUse.Priced ? double.PositiveInfinity : target.Epsilon, target.Delta, sensitivityMargin: FinetuneRun.SensitivityMargin);
    }

    /// <summary>A zeroth-order run's numbers are summed on a lattice, exactly: no margin.</summary>
    private static PrivacyPlan OfDirections(FinetuneSettings settings, PrivacyTarget target, int units, double rate)
    {
        if (target.Use != LawUse.Checked)
            throw new ArgumentException("laws of zeroth-order runs are used as they are", nameof(settings));
        if (settings.DirectionClipping is null && settings.Directions > 1 && target.Noise is "free" or "gaussian")
            return Better(settings, target, units, rate);
        return settings.DirectionClipping == DirectionClipping.Joint ? OfVector(settings, target, units, rate) : OfScalars(settings, target, units, rate);
    }

    /// <summary>Families that hold the Gaussian, without a choice of the user's: both ways are tried, and one of them may not be possible.</summary>
    private static PrivacyPlan Better(FinetuneSettings settings, PrivacyTarget target, int units, double rate)
    {
        PrivacyPlan joint;
        try
        {
            joint = OfVector(settings, target, units, rate);
        }
        catch (BadInputException)
        {
            return OfScalars(settings, target, units, rate);
        }
        try
        {
            var separate = OfScalars(settings, target, units, rate);
            return DirectionChoice.PredictedError(joint, settings.Directions) <= DirectionChoice.PredictedError(separate, settings.Directions) ? joint : separate;
        }
        catch (BadInputException)
        {
            return joint;
        }
    }

    private static PrivacyPlan OfScalars(FinetuneSettings settings, PrivacyTarget target, int units, double rate)
    {
        if (NoiseSearchFamilies.TryParse(target.Noise) is { } family)
        {
            var wanted = new SearchTarget(target.Epsilon, target.Delta, rate, settings.Steps, settings.Directions);
            return PrivacyPlan.Certified(units, rate, settings.Steps, settings.Directions, settings.ClippingNorm, LatticeNoise.Find(family, wanted), target.Epsilon, target.Delta);
        }
        var law = LatticeNoise.Of(NoiseLawParser.Parse(target.Noise, target.Exponential));
        return new PrivacyPlan(units, rate, settings.Steps, settings.ClippingNorm, new ScalarRelease(law), target.Epsilon, target.Delta, perDraw: settings.Directions);
    }

    /// <summary>sqrt(K) C: what is not clipped one by one is not clipped together.</summary>
    private static double JointNorm(FinetuneSettings settings) => settings.ClippingNorm * Math.Sqrt(settings.Directions);

    /// <summary>The derivatives as one vector.</summary>
    private static PrivacyPlan OfVector(FinetuneSettings settings, PrivacyTarget target, int units, double rate)
    {
        var norm = JointNorm(settings);
        var plan = target.Noise is "free" or "gaussian"
            ? PrivacyPlan.Calibrated(units, rate, settings.Steps, norm, new VectorRelease(new GaussianLaw(1)), target.Epsilon, target.Delta)
            : NoiseSearchFamilies.TryParse(target.Noise) is null && NoiseLawParser.Parse(target.Noise, target.Exponential) is GaussianLaw law
            ? new PrivacyPlan(units, rate, settings.Steps, norm, new VectorRelease(law), target.Epsilon, target.Delta)
            : throw new BadInputException("--direction-clipping joint is for gaussian noise, the only one that is proven for it here: give --noise gaussian, or leave --noise out");
        _ = DirectionRelease.Of(plan, settings.Directions); // refuses what it cannot release soundly
        return plan;
    }
}

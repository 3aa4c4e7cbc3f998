using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using LmoDp.Training.Clipping;

namespace LmoDp.Training.Runs;

/// <summary>The privacy plan of a run's settings.</summary>
internal static class RunPlan
{
    /// <summary>What the noise is for n units, and what it proves.</summary>
    /// <exception cref="BadInputException">The target cannot be met, or the given law does not meet it.</exception>
    public static PrivacyPlan Of(FinetuneSettings settings, int units)
    {
        var target = settings.Target ?? throw new ArgumentException("the settings are not private", nameof(settings));
        if (target.Delta >= 1.0 / units)
            throw new BadInputException(FormattableString.Invariant($"--delta {target.Delta:R} is no less than 1/{units}, one over the number of units: a run that published a whole unit at random would keep it; give one far below that"));
        var rate = settings.Sampling.RateFor(units);
        return settings.Method == TrainingMethod.ZerothOrder ? OfDirections(settings, target, units, rate) : OfVectors(settings, target, units, rate);
    }

    /// <summary>How gradients are clipped.</summary>
    public static ClippingRule Rule(FinetuneSettings settings)
        => settings.Clipping == ClippingKind.Automatic ? new AutomaticClipping(settings.ClippingNorm) : new FlatClipping(settings.ClippingNorm);

    private static PrivacyPlan OfVectors(FinetuneSettings settings, PrivacyTarget target, int units, double rate)
    {
        var noise = NoiseChoice.Parse(target.Noise, target.Exponential);
        var release = new VectorRelease(noise.Law);
        return noise.IsFamily || target.Use == LawUse.Scaled
            ? PrivacyPlan.Calibrated(units, rate, settings.Steps, Rule(settings).Norm, release, target.Epsilon, target.Delta, FinetuneRun.SensitivityMargin)
            : new PrivacyPlan(units, rate, settings.Steps, Rule(settings).Norm, release, target.Use == LawUse.Priced ? double.PositiveInfinity : target.Epsilon, target.Delta, sensitivityMargin: FinetuneRun.SensitivityMargin);
    }

    /// <summary>A zeroth-order run's numbers are summed on a lattice, exactly: no margin.</summary>
    private static PrivacyPlan OfDirections(FinetuneSettings settings, PrivacyTarget target, int units, double rate)
    {
        if (target.Use != LawUse.Checked)
            throw new ArgumentException("laws of zeroth-order runs are used as they are", nameof(settings));
        var separate = settings.DirectionClipping == DirectionClipping.Joint ? null : OfScalars(settings, target, units, rate);
        // Without a choice of the user's, families that hold the Gaussian are tried both ways.
        if (separate is not null && (settings.DirectionClipping is not null || settings.Directions == 1 || target.Noise is not ("free" or "gaussian")))
            return separate;
        var joint = OfVector(settings, target, units, rate);
        return separate is null || DirectionChoice.PredictedError(joint, settings.Directions) <= DirectionChoice.PredictedError(separate, settings.Directions) ? joint : separate;
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

    /// <summary>The derivatives as one vector, clipped to sqrt(K) C: what is clipped nowhere else is not clipped here.</summary>
    private static PrivacyPlan OfVector(FinetuneSettings settings, PrivacyTarget target, int units, double rate)
    {
        var norm = settings.ClippingNorm * Math.Sqrt(settings.Directions);
        if (target.Noise is "free" or "gaussian")
            return PrivacyPlan.Calibrated(units, rate, settings.Steps, norm, new VectorRelease(new GaussianLaw(1)), target.Epsilon, target.Delta);
        return NoiseSearchFamilies.TryParse(target.Noise) is null && NoiseLawParser.Parse(target.Noise, target.Exponential) is GaussianLaw law
            ? new PrivacyPlan(units, rate, settings.Steps, norm, new VectorRelease(law), target.Epsilon, target.Delta)
            : throw new BadInputException("--direction-clipping joint is for gaussian noise, the only one that is proven for it here: give --noise gaussian, or leave --noise out");
    }
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using LmoDp.Training.Clipping;
using LmoDp.Training.ZerothOrder;

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

    /// <summary>The derivatives as one vector, clipped to sqrt(K) C: what is clipped nowhere else is not clipped here.</summary>
    private static PrivacyPlan OfVector(FinetuneSettings settings, PrivacyTarget target, int units, double rate)
    {
        var norm = settings.ClippingNorm * Math.Sqrt(settings.Directions);
        var plan = target.Noise is "free" or "gaussian"
            ? PrivacyPlan.Calibrated(units, rate, settings.Steps, norm, new VectorRelease(new GaussianLaw(1)), target.Epsilon, target.Delta)
            : NoiseSearchFamilies.TryParse(target.Noise) is null && NoiseLawParser.Parse(target.Noise, target.Exponential) is GaussianLaw law
            ? new PrivacyPlan(units, rate, settings.Steps, norm, new VectorRelease(law), target.Epsilon, target.Delta)
            : throw new BadInputException("--direction-clipping joint is for gaussian noise, the only one that is proven for it here: give --noise gaussian, or leave --noise out");
        _ = DirectionRelease.Of(plan, settings.Directions); // refuses what it cannot release soundly
        return plan;
    }
}

using CsCheck;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Tests.Noise;

/// <summary>Random laws for property tests, over the parameter ranges that a search visits and somewhat beyond.</summary>
internal static class Laws
{
    private static readonly Gen<double> Positive = Gen.Double[-2.5, 2.5].Select(e => Math.Pow(10, e));
    private static readonly Gen<double> Weight = Gen.Frequency((1, Gen.Const(0.0)), (3, Positive));

    private static readonly Gen<UniformComponent> Uniform = Gen.Select(
        Weight,
        Gen.Frequency((1, Gen.Const(0.0)), (2, Positive)),
        Gen.Frequency((1, Gen.Const(0.0)), (4, Positive)),
        (weight, lower, width) => new UniformComponent(weight, lower, lower + width == 0 ? 1 : lower + width));

    /// <summary>LMO laws with any of the three parts absent, U(a, a) and U(0, b) among them, shapes from 0.1.</summary>
    public static Gen<LmoLaw> Lmo { get; } = Gen.Select(
        Gen.Select(Weight, Gen.Double[0.1, 8], Positive, (weight, shape, scale) => new GammaComponent(weight, shape, scale)),
        Gen.Select(Weight, Positive, (weight, rate) => new ExponentialComponent(weight, rate)),
        Uniform)
        .Where((gamma, exponential, uniform) => gamma.Weight + exponential.Weight + uniform.Weight > 0)
        .Select((gamma, exponential, uniform) => new LmoLaw(gamma, exponential, uniform));

    /// <summary>Every continuous family.</summary>
    public static Gen<ContinuousLaw> Any { get; } = Gen.OneOf(
        Positive.Select(std => (ContinuousLaw)new GaussianLaw(std)),
        Positive.Select(scale => (ContinuousLaw)new LaplaceLaw(scale)),
        Gen.Select(Positive, Gen.Frequency((3, Gen.Double[1, 2]), (1, Gen.Const(1.0)), (1, Gen.Const(2.0))), (std, power) => (ContinuousLaw)new GeneralisedGaussianLaw(std, power)),
        Lmo.Select(law => (ContinuousLaw)law));
}

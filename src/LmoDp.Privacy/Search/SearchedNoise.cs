using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Search;

/// <summary>The noise that a search found, the proof that it meets the target, and what it was compared with.</summary>
/// <param name="Family">Where it was looked for.</param>
/// <param name="Target">What it meets.</param>
/// <param name="Objective">What it was to be good at.</param>
/// <param name="Law">The law: exactly what is accounted and sampled.</param>
/// <param name="Shape">The continuous law that was rounded to the lattice; null for the free form.</param>
/// <param name="Epsilon">Certified bounds; the upper one is at most the target.</param>
/// <param name="Gaussian">Gaussian noise calibrated to the same target.</param>
/// <param name="Laplace">Laplace noise calibrated to the same target.</param>
/// <param name="Gap">How far from the best law of any shape it can be; null for families of few parameters, and for a composition in which one of those was better than the free form.</param>
public sealed record SearchedNoise(
    NoiseSearchFamily Family, SearchTarget Target, Objective Objective, LatticeLaw Law, NoiseLaw? Shape, Bounds Epsilon, CalibratedNoise Gaussian, CalibratedNoise Laplace, SearchGap? Gap)
{
    /// <summary>The objective's value.</summary>
    public double Value => Objective.Of(Law);
}

/// <summary>What is known about the distance of a free-form law from the best one on its lattice (with its places and tail ratio).</summary>
/// <param name="Bound">
/// The objective's value that no law of these places and this tail ratio can better whose divergence against the rest of the composition is no larger. For one release there is no rest, and it
/// is a bound on every such law that meets the target. For more it is a certificate that the law is stationary (Karush, Kuhn, Tucker), and no bound on the optimum.
/// </param>
/// <param name="IsOptimumBound">Whether it is a bound on the optimum: one release.</param>
/// <param name="Relative">|value - bound| / value.</param>
/// <param name="Renyi">The law that is best by the Rényi accountant; null for one release.</param>
public sealed record SearchGap(double Bound, bool IsOptimumBound, double Relative, RenyiOptimum? Renyi);

/// <summary>The solution of the convex programme in which the Rényi accountant stands for the composed delta.</summary>
/// <param name="Order">The Rényi order at which it is solved, the best one for its own solution.</param>
/// <param name="Value">The objective's value.</param>
/// <param name="DualityGap">|value - dual bound| / value.</param>
/// <param name="Distance">How far the law found is from it: |found - value| / value.</param>
public sealed record RenyiOptimum(double Order, double Value, double DualityGap, double Distance);

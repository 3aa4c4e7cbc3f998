namespace LmoDp.Privacy.Noise;

/// <summary>The probability of one set of outputs under both neighbours.</summary>
/// <param name="WithExample">P: the output with the example, noise shifted by the sensitivity.</param>
/// <param name="WithoutExample">Q: the output without it, bare noise.</param>
public readonly record struct LossMass(double WithExample, double WithoutExample);

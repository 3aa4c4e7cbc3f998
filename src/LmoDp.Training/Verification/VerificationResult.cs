namespace LmoDp.Training.Verification;

/// <summary>The largest errors against reference values.</summary>
/// <param name="Logits">Of logits at real (not padding) positions, and of class words' scores: max|a - b| / max(1, max|b|).</param>
/// <param name="Losses">Of per-example losses, likewise.</param>
/// <param name="HiddenStates">Of hidden states at real positions, likewise.</param>
/// <param name="GradientNorms">
/// Of per-example gradient norms, by parameter and in total: |a - b| / max(b, t / 1000) with t the example's total norm, so that a gradient that is 0 but for rounding (an
/// attention key's bias) is measured against the whole.
/// </param>
/// <param name="ClippedSums">Of sums of clipped gradients: max|a - b| / max(max|b|, s / 1000) by parameter, with s the largest entry over all parameters.</param>
/// <param name="NormSlack">Not an error: by how much the rounding bounds that training clips by exceed the norms, relatively (<c>PerExampleClipping</c>).</param>
/// <param name="Compared">Reference tensors that were compared.</param>
public sealed record VerificationResult(double Logits, double Losses, double HiddenStates, double GradientNorms, double ClippedSums, double NormSlack, int Compared)
{
    /// <summary>The most that logits and hidden states may err.</summary>
    public const double OutputTolerance = 2e-5;

    /// <summary>The most that losses may err.</summary>
    public const double LossTolerance = 5e-6;

    /// <summary>The most that norms and sums may err.</summary>
    public const double GradientTolerance = 1e-4;

    /// <summary>Whether something was compared and all of it is within tolerance. An error that is NaN is not.</summary>
    public bool Ok => Compared > 0 && Logits <= OutputTolerance && HiddenStates <= OutputTolerance && Losses <= LossTolerance
                      && GradientNorms <= GradientTolerance && ClippedSums <= GradientTolerance;
}

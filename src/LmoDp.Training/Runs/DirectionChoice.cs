using LmoDp.Privacy.Accounting;
using MathNet.Numerics;

namespace LmoDp.Training.Runs;

/// <summary>
/// Whether a zeroth-order step's K derivatives are better clipped separately, each to C, or together, to sqrt(K) C: predicted from public figures only. The ball of norm sqrt(K) C holds the cube of side 2 C, so joint
/// clipping cuts off less, and Gaussian noise is the same for both; other noise may be narrower for separate numbers.
/// </summary>
internal static class DirectionChoice
{
    /// <summary>
    /// The predicted error of a step's estimate of a small shift of the mean derivative, relative to others of the same schedule: the noise on a direction's sum over the response of the clipped mean to the
    /// shift. It assumes that derivatives are Gaussian of root mean square C, the usual advice for clipping norms.
    /// </summary>
    /// <param name="plan">Scalars clipped to C, or a vector clipped to sqrt(K) C.</param>
    /// <param name="directions">K.</param>
    public static double PredictedError(PrivacyPlan plan, int directions)
        => plan.Release.Noise.StandardDeviation * plan.Sensitivity / (plan.Release is VectorRelease ? JointResponse(directions) : SeparateResponse);

    /// <summary>P(|x| &lt; 1), x standard Gaussian: only what is not clipped moves.</summary>
    internal static double SeparateResponse { get; } = SpecialFunctions.Erf(Math.Sqrt(0.5));

    /// <summary>
    /// The mean derivative of a coordinate of the clipped vector with respect to itself, for a standard Gaussian vector clipped to norm R = sqrt(K): 1 inside, and outside the divergence of R x/|x| over K, (K-1)/K R/|x|:
    /// P(chi_K &lt; R) + (K-1)/K R E[1/chi_K; chi_K &gt; R].
    /// </summary>
    internal static double JointResponse(int directions)
    {
        var (half, square) = (directions / 2.0, directions / 2.0); // K/2 degrees; R^2/2
        var inverse = Math.Exp(SpecialFunctions.GammaLn(half - 0.5) - SpecialFunctions.GammaLn(half)) / Math.Sqrt(2) * SpecialFunctions.GammaUpperRegularized(half - 0.5, square);
        return SpecialFunctions.GammaLowerRegularized(half, square) + (directions - 1.0) / directions * Math.Sqrt(directions) * inverse;
    }
}

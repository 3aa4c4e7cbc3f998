namespace LmoDp.Privacy.Search;

/// <summary>
/// A functional F = sum over outcomes of P D(Q / P) of one step's pair of output laws, D convex and not increasing (an f-divergence): convex in (P, Q) together and homogeneous of
/// degree 1, so that F(P, Q) = F_P P + F_Q Q, and at any other pair F is at least what these slopes give there.
/// </summary>
internal abstract class ConvexDivergence
{
    /// <summary>The slopes at an outcome.</summary>
    /// <param name="loss">log(P / Q).</param>
    public abstract Slopes At(double loss);

    /// <summary>
    /// Slopes of F at one outcome: F_P = <paramref name="P"/>, F_Q = -<paramref name="Q"/>, and second derivatives <paramref name="Curvature"/> P v v' with v = (1/P, -1/Q), the gradient of the loss.
    /// </summary>
    internal readonly record struct Slopes(double P, double Q, double Curvature);
}

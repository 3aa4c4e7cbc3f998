namespace LmoDp.Privacy.Noise;

/// <summary>
/// How log f bends on z &gt; 0. It decides where the privacy loss of one release exceeds a threshold: on one half-line (log-concave: the loss grows with z)
/// or on one bounded interval around the shift (log-convex: the loss falls again beyond it).
/// </summary>
public enum LogShape
{
    /// <summary>log f is concave on the whole line: Gaussian, Laplace, generalised Gaussian.</summary>
    LogConcave,

    /// <summary>log f is convex on each side of 0: Laplace, and every mixture of Laplace laws over its scale (LMO).</summary>
    LogConvexSides,
}

namespace LmoDp.Training.Clipping;

/// <summary>
/// What one micro-batch showed while its clipped gradients were added up. All of it is computed from private examples: none of it may be shown or stored outside
/// diagnostics that the user has asked for.
/// </summary>
/// <param name="Losses">Each example's loss.</param>
/// <param name="Norms">Each example's gradient norm over all trained parameters, as computed.</param>
/// <param name="NormBounds">What the exact norms cannot exceed.</param>
/// <param name="Factors">What each gradient was multiplied by; 0 where it was not finite.</param>
/// <param name="ParameterNorms">Gradient norms by parameter name.</param>
public sealed record ClippedBatch(
    IReadOnlyList<double> Losses,
    IReadOnlyList<double> Norms,
    IReadOnlyList<double> NormBounds,
    IReadOnlyList<double> Factors,
    IReadOnlyDictionary<string, IReadOnlyList<double>> ParameterNorms)
{
    /// <summary>A micro-batch without examples.</summary>
    public static ClippedBatch Empty { get; } = new([], [], [], [], new Dictionary<string, IReadOnlyList<double>>());
}

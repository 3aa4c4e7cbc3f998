using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// A-posteriori bounds on rounding. The sum of clipped gradients is private only if no example weighs more than C in it, and a norm that was computed a little
/// too small lets it weigh more. So beside each squared norm stands a slack that the exact one cannot exceed.
/// </summary>
/// <remarks>
/// A sum of products of length n, in any order, fused or not, has error at most gamma_n times the sum of absolute products, gamma_n = n u / (1 - n u) (Higham 2002,
/// section 3.1). For the gradient G = sum_t l_t r_t^T of one example:
/// <list type="bullet">
/// <item>Ghost form, sum over s and t of (l_s . l_t)(r_s . r_t): by Cauchy-Schwarz each inner product errs by at most gamma times the product of lengths, so the total
/// errs by at most gamma_(m + n + T) sum_st |l_s||l_t||r_s||r_t| = gamma_(m + n + T) S^2 with S = sum_t |l_t||r_t|.</item>
/// <item>Direct form: entry jk of G errs by at most gamma_T sum_t |l_tj||r_tk|, a matrix of Frobenius norm at most S; so ||G|| &lt;= ||fl(G)|| + gamma_T S, and the sum
/// of squares of fl(G) errs by a factor within 1 + gamma_(n + 1).</item>
/// </list>
/// S itself comes from computed lengths. <see cref="Gamma"/> is enlarged by 4 %, which covers this and the float64 arithmetic after it while n u &lt;= 0.005 (n up to 83,000 in
/// float32). Underflow is left out: it matters only where gradients are below 1e-19. Products in reduced precision (TF32) must be off.
/// </remarks>
internal static class Rounding
{
    /// <summary>Half the distance between 1 and the next number.</summary>
    public static double UnitRoundoff(ScalarType type) => type == ScalarType.Float64 ? double.ScaleB(1, -53) : float.ScaleB(1, -24);

    /// <summary>The relative error bound of n accumulated terms, with 4 % to spare; infinite where it says nothing.</summary>
    public static double Gamma(long terms, ScalarType type)
    {
        var product = terms * UnitRoundoff(type);
        return product < 0.5 ? 1.04 * product / (1 - product) : double.PositiveInfinity;
    }
}

/// <summary>Per-example squared norms of one parameter's gradient.</summary>
/// <param name="Value">As computed, by example.</param>
/// <param name="Slack">The exact squared norm is at most <c>Value + Slack</c>.</param>
internal readonly record struct SquaredNorms(double[] Value, double[] Slack)
{
    /// <summary>No gradient at all.</summary>
    public static SquaredNorms Zero(long batch) => new(new double[batch], new double[batch]);

    /// <summary>Adds <paramref name="weight"/> times others.</summary>
    public void Add(SquaredNorms other, double weight = 1)
    {
        for (var i = 0; i < Value.Length; i++)
        {
            Value[i] += weight * other.Value[i];
            Slack[i] += weight * other.Slack[i];
        }
    }

    /// <summary>Raises values that rounding made negative to 0.</summary>
    public SquaredNorms NotNegative() => this with { Value = Array.ConvertAll(Value, value => Math.Max(value, 0)) };
}

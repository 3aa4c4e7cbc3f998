using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>
/// A-posteriori bounds on rounding. The sum of clipped gradients is private only if no example weighs more than C in it, and a norm that was computed a little
/// too small lets it weigh more. So beside each squared norm stands a slack that the exact one cannot exceed.
/// </summary>
/// <remarks>
/// A sum of products of length n, in any order, fused or not, has error at most gamma_n times the sum of absolute products, gamma_n = n u / (1 - n u) (Higham 2002,
/// section 3.1); and gamma_m + gamma_n &lt;= gamma_(m + n) (Lemma 3.3). For the gradient G = sum_t l_t r_t^T of one example, l of width m, r of width n:
/// <list type="bullet">
/// <item>Ghost form, sum over s and t of (l_s . l_t)(r_s . r_t): by Cauchy-Schwarz each inner product errs by at most gamma times the product of lengths, so the total
/// errs by at most gamma_(m + n + T) sum_st |l_s||l_t||r_s||r_t| = gamma_(m + n + T) S^2 with S = sum_t |l_t||r_t|.</item>
/// <item>Direct form: entry jk of G errs by at most gamma_T sum_t |l_tj||r_tk|, a matrix of Frobenius norm at most S; so ||G|| &lt;= ||fl(G)|| + gamma_T S, and the sum
/// of squares of fl(G) errs by a factor within 1 + gamma_(n + 1).</item>
/// </list>
/// S and the sum of squares are not known but computed, fl(x) &gt;= (1 - gamma) x: S^2 with gamma_m and gamma_n, as it has two squared lengths of each kind in a product of four
/// lengths. So errors are given relative to what is computed, by gamma / (1 - gamma) = n u / (1 - 2 n u), which is <see cref="Gamma"/> but for 1 %: that covers the float64
/// arithmetic after it (relative errors of some 1e-16 T against 6e-10 and more) and the roots in float32. This holds for every n below 1 / (2 u), 8 million in float32: any
/// vocabulary. Underflow is left out: it adds at most 1e-38 to each of the n products, which matters only where whole gradients are below 1e-19 sqrt(n). Products in reduced
/// precision are refused (<see cref="RequireFullPrecision(Device)"/>).
/// </remarks>
internal static class Rounding
{
    /// <summary>Half the distance between 1 and the next number.</summary>
    public static double UnitRoundoff(ScalarType type) => type == ScalarType.Float64 ? double.ScaleB(1, -53) : float.ScaleB(1, -24);

    /// <summary>The error bound of n accumulated terms, relative to the computed sum of absolute terms; infinite where it says nothing.</summary>
    public static double Gamma(long terms, ScalarType type)
    {
        var product = terms * UnitRoundoff(type);
        return product < 0.5 ? 1.01 * product / (1 - 2 * product) : double.PositiveInfinity;
    }

    /// <summary>Refuses a device that is set to multiply float32 matrices in fewer bits (TF32, bfloat16): the bounds above would not hold.</summary>
    /// <exception cref="InvalidOperationException">It is.</exception>
    public static void RequireFullPrecision(Device device)
    {
        if (!IsFullPrecision(matmul, device))
            throw new InvalidOperationException($"{device} multiplies float32 matrices in reduced precision (TF32 or bfloat16), so norms of gradients cannot be bounded: switch that off");
    }

    /// <summary>Whether products of float32 matrices, single and in batches, keep a bit that TF32 (11 bits) and bfloat16 (8) lose.</summary>
    /// <param name="product">Multiplies two matrices, or two batches of them.</param>
    /// <param name="device">Where.</param>
    internal static bool IsFullPrecision(Func<Tensor, Tensor, Tensor> product, Device device)
    {
        const int size = 64; // large enough for the kernels that layers use
        using var scope = NewDisposeScope();
        var factor = full([size, size], 1 + float.ScaleB(1, -23), ScalarType.Float32, device);
        var identity = eye(size, dtype: ScalarType.Float32, device: device);
        return Keeps(factor, identity) && Keeps(factor.expand(2, size, size), identity.expand(2, size, size));

        bool Keeps(Tensor left, Tensor right) => product(left, right).eq(left).all().item<bool>();
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

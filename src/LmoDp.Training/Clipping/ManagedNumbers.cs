using TorchSharp;
using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>Numbers that decide how much an example weighs are computed outside TorchSharp.</summary>
/// <remarks>
/// TorchSharp makes a temporary object of a number that meets a tensor (2 * x, x.clamp_min(0), and the alpha = 1 within x + y) and does not keep it alive during the native call: a
/// garbage collection at that moment lets the native code read freed memory. Nothing in this folder passes numbers so; the one constant that it needs is static.
/// </remarks>
internal static class ManagedNumbers
{
    /// <summary>The alpha of additions.</summary>
    public static readonly Scalar One = 1;

    /// <summary>The numbers of a vector.</summary>
    public static double[] ToDoubles(this Tensor vector)
    {
        using var scope = NewDisposeScope();
        return vector.detach().to(ScalarType.Float64, CPU).contiguous().data<double>().ToArray();
    }
}

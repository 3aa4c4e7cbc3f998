using TorchSharp;
using static TorchSharp.torch;

namespace LmoDp.Models;

/// <summary>Arithmetic of tensors and numbers in which the numbers outlive the native call.</summary>
/// <remarks>
/// TorchSharp makes a temporary object of a number that meets a tensor (2 * x, and the alpha = 1 within x + y) and does not keep it alive during the native call: a garbage
/// collection at that moment, set off by another thread, frees it, and the native code computes with whatever lies there then. Models must not use those operators.
/// </remarks>
public static class KeptNumbers
{
    /// <summary>The alpha of additions.</summary>
    public static readonly Scalar One = 1;

    /// <summary>-1.</summary>
    public static readonly Scalar MinusOne = -1;

    /// <summary>The score of what must not happen.</summary>
    public static readonly Scalar NegativeInfinity = float.NegativeInfinity;

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x + y, of x's element type.</summary>
    public static Tensor Plus(this Tensor x, Scalar y)
    {
        var sum = x.add(y, One);
        GC.KeepAlive(y);
        return sum;
    }

    /// <summary>x y, of x's element type.</summary>
    public static Tensor Times(this Tensor x, Scalar y)
    {
        var product = x.mul(y);
        GC.KeepAlive(y);
        return product;
    }

    /// <summary>The whole numbers from one up to another, which is left out: int64.</summary>
    public static Tensor Range(long start, long stop, Device device)
    {
        using Scalar first = start, end = stop;
        return arange(first, end, One, dtype: ScalarType.Int64, device: device);
    }

    /// <summary>Where x is not y, bool.</summary>
    public static Tensor Differs(this Tensor x, Scalar y)
    {
        var differs = x.ne(y);
        GC.KeepAlive(y);
        return differs;
    }
}

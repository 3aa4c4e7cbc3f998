using LmoDp.Models;
using static TorchSharp.torch;

namespace LmoDp.Training.Clipping;

/// <summary>Numbers that decide how much an example weighs are computed outside TorchSharp: see <see cref="KeptNumbers"/>. Nothing in this folder passes it temporary ones.</summary>
internal static class ManagedNumbers
{
    /// <summary>The numbers of a vector.</summary>
    public static double[] ToDoubles(this Tensor vector)
    {
        using var scope = NewDisposeScope();
        return vector.detach().to(ScalarType.Float64, CPU).contiguous().data<double>().ToArray();
    }
}

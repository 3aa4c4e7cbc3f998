using System.Globalization;
using static TorchSharp.torch;

namespace LmoDp.Models.Checkpoints;

/// <summary>Where a tensor lies in a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Offset">Its first byte, counted from the beginning of the file.</param>
/// <param name="ByteCount">Its length in bytes.</param>
public sealed record StoredTensor(string Name, ScalarType Type, IReadOnlyList<long> Shape, long Offset, long ByteCount)
{
    /// <summary>Its elements.</summary>
    public long ElementCount => ByteCount / SafetensorsType.Size(Type);

    /// <summary>Its shape as text, such as <c>[768, 3072]</c>.</summary>
    public string ShapeText => Describe(Shape);

    /// <summary>A shape as text, such as <c>[768, 3072]</c>.</summary>
    internal static string Describe(IEnumerable<long> shape) => $"[{string.Join(", ", shape.Select(n => n.ToString(CultureInfo.InvariantCulture)))}]";
}

using static TorchSharp.torch;

namespace LmoDp.Models.Checkpoints;

/// <summary>The element types of safetensors files that can be read and written here.</summary>
internal static class SafetensorsType
{
    // In the order in which files are laid out: later ones first.
    private static readonly (string Name, ScalarType Type, int Size)[] Known =
    [
        ("BOOL", ScalarType.Bool, 1),
        ("U8", ScalarType.Byte, 1),
        ("I8", ScalarType.Int8, 1),
        ("I16", ScalarType.Int16, 2),
        ("F16", ScalarType.Float16, 2),
        ("BF16", ScalarType.BFloat16, 2),
        ("I32", ScalarType.Int32, 4),
        ("F32", ScalarType.Float32, 4),
        ("F64", ScalarType.Float64, 8),
        ("I64", ScalarType.Int64, 8),
    ];

    /// <summary>The type that a file calls so, or null.</summary>
    public static ScalarType? Parse(string name)
    {
        foreach (var known in Known)
        {
            if (known.Name == name)
                return known.Type;
        }
        return null;
    }

    /// <summary>What files call a type.</summary>
    public static string Name(ScalarType type) => Known[Rank(type)].Name;

    /// <summary>Bytes an element.</summary>
    public static int Size(ScalarType type) => Known[Rank(type)].Size;

    /// <summary>Where tensors of the type lie in a file: those of higher rank come first, so that every tensor is aligned.</summary>
    /// <exception cref="NotSupportedException">The format has no such type.</exception>
    public static int Rank(ScalarType type)
    {
        var rank = Array.FindIndex(Known, known => known.Type == type);
        return rank >= 0 ? rank : throw new NotSupportedException($"safetensors files cannot hold {type} tensors here");
    }
}

using LmoDp.Privacy.Noise;

namespace LmoDp.Privacy.Accounting;

/// <summary>Whether a release is one number or a vector. A guarantee for one is none for the other.</summary>
public enum ReleaseKind
{
    /// <summary>One number, clipped to [-C, C] for each unit.</summary>
    Scalar,

    /// <summary>A vector, clipped to L2 norm C for each unit.</summary>
    Vector,
}

/// <summary>Kinds of releases by name, and releases by kind.</summary>
public static class ReleaseKinds
{
    /// <summary>"scalar" or "vector", as the command line and all files spell it.</summary>
    public static string Name(this ReleaseKind kind) => kind == ReleaseKind.Scalar ? "scalar" : "vector";

    /// <summary>The kind of that name; null where there is none.</summary>
    public static ReleaseKind? TryParse(string? name) => name == ReleaseKind.Scalar.Name() ? ReleaseKind.Scalar : name == ReleaseKind.Vector.Name() ? ReleaseKind.Vector : null;

    /// <summary>A release of this kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="noise">Noise relative to sensitivity 1.</param>
    public static Release With(this ReleaseKind kind, NoiseLaw noise) => kind == ReleaseKind.Scalar ? new ScalarRelease(noise) : new VectorRelease(noise);
}

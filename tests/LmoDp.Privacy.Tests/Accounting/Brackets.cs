using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>What the accountant's tests ask of two bounds.</summary>
internal static class Brackets
{
    /// <summary>Releases of single numbers.</summary>
    public static Composition Scalar(NoiseLaw law, double samplingRate, long steps, int perDraw = 1) =>
        new(new ReleaseGroup(new ScalarRelease(law), samplingRate, steps, perDraw));

    /// <summary>The exact value lies between the bounds. Random cases assert no more (widest 1); how tight the bracket is, the golden rows and the anchors say.</summary>
    public static void Holds(Bounds bounds, double exact, double widest, string what, double tolerance = 1e-8)
    {
        Assert.True(bounds.Lower <= exact * (1 + tolerance), FormattableString.Invariant($"{what}: lower bound {bounds.Lower:R} above {exact:R}"));
        Assert.True(bounds.Upper >= exact * (1 - tolerance), FormattableString.Invariant($"{what}: upper bound {bounds.Upper:R} below {exact:R}"));
        Assert.True(bounds.RelativeWidth <= widest, FormattableString.Invariant($"{what}: {bounds} is {bounds.RelativeWidth:E1} wide"));
    }
}

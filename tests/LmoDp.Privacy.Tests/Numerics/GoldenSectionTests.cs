using CsCheck;
using LmoDp.Privacy.Numerics;
using Xunit;

namespace LmoDp.Privacy.Tests.Numerics;

public class GoldenSectionTests
{
    /// <summary>A valley anywhere, the ends included, with a steep and a flat side; beyond some point the function is not a number.</summary>
    [Fact]
    public void The_valley_is_found()
    {
        Gen.Select(Gen.Double[-3, 5], Gen.Double[0.1, 10], Gen.Double[0, 4]).ForAll((valley, slope, beyond) =>
        {
            var found = GoldenSection.Minimum(x => x > valley + beyond + 0.1 ? double.NaN : x > valley ? slope * (x - valley) : Math.Pow(valley - x, 3), -3, 5, 1e-6);

            Assert.InRange(found, valley - 1e-6, valley + 1e-6);
        }, 300);
    }
}

using CsCheck;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class CoordinateNoiseTests
{
    [Fact]
    public void TheGaussianCurveIsExact()
    {
        var noise = new CoordinateNoise(new GaussianLaw(2));
        Close.Relative(8 * 9 / (2 * 4.0), noise.Renyi(8, 3), 1e-15);
        Close.Relative(2, noise.LimitingMultiplier, 1e-15);
    }

    /// <summary>However a shift of norm 1 is spread over coordinates, the sum of the exact one-dimensional divergences stays below the curve.</summary>
    [Fact]
    public void TheCurveIsNeverBelowTheExactDivergenceOfASpreadShift() =>
        Gen.Select(Laws.Lmo, Gen.Double[1.1, 200], Gen.Int[1, 50]).Sample(
            (law, order, coordinates) =>
            {
                foreach (var tested in new NoiseLaw[] { law, new LaplaceLaw(1 / law.LipschitzConstant) })
                {
                    var exact = coordinates * new OneRelease(tested, 1 / Math.Sqrt(coordinates)).Renyi(order);
                    Assert.True(exact <= new CoordinateNoise(tested).Renyi(order) * (1 + 1e-9));
                }
            },
            iter: 60);

    [Fact]
    public void NoCurveIsBetterThanTheFisherInformationAllows() =>
        Laws.Lmo.Sample(
            law =>
            {
                var noise = new CoordinateNoise(law);
                Assert.True(noise.EquivalentMultiplier <= noise.LimitingMultiplier * (1 + 1e-12));
                Assert.True(noise.LimitingMultiplier <= law.StandardDeviation * (1 + 1e-9));
            },
            iter: 60);
}

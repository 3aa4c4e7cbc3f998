using System.Numerics;
using CsCheck;
using LmoDp.Privacy.Accounting;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>Logarithms of Fourier coefficients and their error bounds.</summary>
public class DirectTransformTests
{
    /// <summary>1 + d is exact here, so the plain formula is right to a few units.</summary>
    [Fact]
    public void The_logarithm_of_a_small_coefficient_is_within_its_error()
    {
        Gen.Select(Gen.Double[-7, -0.5], Gen.Double[-Math.PI, Math.PI]).ForAll((logSize, angle) =>
        {
            var excess = Complex.FromPolarCoordinates(Math.Pow(10, logSize), angle) - 1;

            var coefficient = Coefficient.Of(excess, 1, 0);

            var exact = Complex.Log(excess + 1);
            var (error, bound) = (Math.Abs(coefficient.LogSize - exact.Real) + Math.Abs(coefficient.Angle - exact.Imaginary), coefficient.Error + 1e-15 * (Math.Abs(exact.Real) + Math.Abs(exact.Imaginary)));
            Assert.True(error <= bound, FormattableString.Invariant($"size 1e{logSize:R}: {error:E1} > {bound:E1}"));
        }, 1000);
    }

    /// <summary>Frequencies in a row, made by rotations, of knots anywhere on the circle, against roots of unity taken one by one in integer arithmetic of the index.</summary>
    [Fact]
    public void Coefficients_are_within_their_errors_at_all_frequencies()
    {
        var worst = 0.0;
        Gen.Select(Gen.Int[4, 10], Gen.Int[1, 1 << 20].Array[2, 40], Gen.Double[0.01, 1].Array[80], Gen.Bool).ForAll((logSize, places, weights, near) =>
        {
            var size = 1 << logSize;
            long[] knots = [.. places.Select(place => near ? place % 4 - 1L : place - 10_000L).Append(-10_001).Append(2_000_000).Distinct().Order()];
            double[] masses = [.. weights.Take(knots.Length).Select((weight, i) => near && (i == 0 || i == knots.Length - 1) ? 0 : weight)];
            var tilted = new TiltedLoss(new LossPmf(new LossGrid(1e-6, knots), masses, 0), 0.5);
            var direct = new DirectTransform(FourierTransform.OfSize(logSize), tilted, tilted);
            int[] indices = [.. Enumerable.Range(0, size / 2 + 1)];

            var results = direct.At(indices);

            var total = tilted.Weights.Sum();
            foreach (var k in indices)
            {
                var coefficient = results[k].First;
                if (double.IsInfinity(coefficient.Error))
                    continue;
                var sum = Complex.Zero;
                for (var i = 0; i < knots.Length; i++)
                {
                    // cos - 1 = -2 sin^2 (angle / 2), the angle between -pi and pi.
                    var turn = (double)((knots[i] * k % size + size + size / 2) % size - size / 2) / size;
                    var half = Math.Sin(Math.PI * turn);
                    sum += tilted.Weights[i] / total * new Complex(-2 * half * half, -Math.Sin(Math.Tau * turn));
                }
                var computed = new Complex(Math.Exp(coefficient.LogSize) * Math.Cos(coefficient.Angle), Math.Exp(coefficient.LogSize) * Math.Sin(coefficient.Angle));
                var (error, bound) = ((computed - (1 + sum)).Magnitude, coefficient.Error * computed.Magnitude);
                Assert.True(error <= bound + 1e-15, FormattableString.Invariant($"N {size}, k {k}: {error:E1} > {bound:E1}"));
                worst = Math.Max(worst, (error - 1e-15) / bound);
            }
        }, 60);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"largest error: {worst:F3} of its bound"));
        Assert.True(worst > 0.01, FormattableString.Invariant($"{worst}"));
    }
}

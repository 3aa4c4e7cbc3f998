using CsCheck;
using LmoDp.Privacy.Accounting;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The weights e^(-theta d)(1 - e^-d) of what exceeds epsilon.</summary>
public class ExceedanceKernelTests
{
    /// <summary>Values of -theta log(1 + 1 / theta) - log(1 + theta) by mpmath 1.3 with 40 digits.</summary>
    [Theory]
    [InlineData(1e-14, -3.3236191301916645e-13)]
    [InlineData(0.01, -0.056101536021580675)]
    [InlineData(3.7, -2.4327123582595993)]
    [InlineData(1e6, -14.815511057964107)]
    [InlineData(123456789.0, -19.63140177021802)]
    [InlineData(1e12, -28.631021115929048)]
    public void The_largest_weight_is_bounded_from_above(double theta, double exact)
    {
        var log = ExceedanceKernel.LogLargestWeight(theta);

        Assert.InRange(log, exact, exact + 4e-15 * Math.Abs(exact) + 4e-29);
    }

    /// <summary>Against the sum of its terms, which is itself within a few units of the sum of its weights; epsilon up to 1e9 steps away from 0, and as near to the first knot as doubles are.</summary>
    [Fact]
    public void The_closed_form_is_within_its_error_of_the_sum()
    {
        var transform = FourierTransform.OfSize(8);
        Gen.Select(Gen.Double[-12, 3], Gen.Double[-6, 1], Gen.Long[-1_000_000_000, 1_000_000_000], Gen.Int[1, 256], Gen.Int[0, 257]).ForAll((logTheta, logStep, start, count, which) =>
        {
            var (theta, step, k, near) = (Math.Pow(10, logTheta), Math.Pow(10, logStep), which / 2, which % 2 == 0);
            var epsilon = near ? Math.BitDecrement(start * step) : (start - 0.3) * step;
            // The first knot's distance, exact: a product less a sum, rounded once.
            var distance = Math.FusedMultiplyAdd(start, step, -epsilon);
            Assert.True(distance > 0);

            var (value, error) = new ExceedanceKernel(transform, step, theta, epsilon, start, start + count).At(k);

            var (real, imaginary, size) = (0.0, 0.0, 0.0);
            for (var m = 0; m < count; m++)
            {
                var d = distance + m * step;
                var weight = Math.Exp(-theta * m * step) * -Fall(-d);
                var (sine, cosine) = Math.SinCos(Math.Tau * ((start + m) * k & 255) / 256);
                (real, imaginary, size) = (real + weight * cosine, imaginary + weight * sine, size + Math.Abs(weight));
            }
            var difference = Math.Sqrt(Math.Pow(value.Real - real, 2) + Math.Pow(value.Imaginary - imaginary, 2));
            Assert.True(difference <= error + 1e-14 * size, FormattableString.Invariant($"theta {theta:R}, step {step:R}, epsilon {epsilon:R}, {count} from {start}, k {k}: {difference:E1} > {error:E1} + {1e-14 * size:E1}"));
        }, 1000);
    }

    /// <summary>e^x - 1.</summary>
    private static double Fall(double x) => Math.Abs(x) < 1e-3 ? x * (1 + x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5)))) : Math.Exp(x) - 1;
}

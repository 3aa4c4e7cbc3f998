using CsCheck;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

public class PldAccountantTests
{
    private static Composition Scalar(NoiseLaw law, double samplingRate, long steps, int perDraw = 1) =>
        new(new ReleaseGroup(new ScalarRelease(law), samplingRate, steps, perDraw));

    // Random cases assert soundness (widest 1); how tight the bracket is, the golden rows and the anchors say.
    private static void Brackets(Bounds bounds, double exact, double widest, string what, double tolerance = 1e-8)
    {
        Assert.True(bounds.Lower <= exact * (1 + tolerance), FormattableString.Invariant($"{what}: lower bound {bounds.Lower:R} above {exact:R}"));
        Assert.True(bounds.Upper >= exact * (1 - tolerance), FormattableString.Invariant($"{what}: upper bound {bounds.Upper:R} below {exact:R}"));
        Assert.True(bounds.RelativeWidth <= widest, FormattableString.Invariant($"{what}: {bounds} is {bounds.RelativeWidth:E1} wide"));
    }

    [Theory]
    [InlineData(2, 2048.0 / 67349, 192, 1.5052995136132468)]
    [InlineData(1, 1e-3, 100_000, 2.590248304)]
    public void Anchors(double std, double samplingRate, long steps, double exact) =>
        Brackets(PldAccountant.Epsilon(Scalar(new GaussianLaw(std), samplingRate, steps), 1e-10), exact, 1e-4, "anchor");

    [Fact]
    public void A_sample_of_the_exact_values_is_bracketed() => ArbiterRows(row => row % 9 == 0);

    [Fact]
    [Trait("Category", "Soak")]
    public void Every_exact_value_is_bracketed() => ArbiterRows(_ => true);

    private static void ArbiterRows(Func<int, bool> chosen)
    {
        var index = 0;
        foreach (var row in GoldenRow.Read("arbiter_exact.json", _ => true))
        {
            if (!chosen(index++))
                continue;
            if (row.Quantity == "epsilon")
                Brackets(PldAccountant.Epsilon(row.Composition, row.Argument), row.Value, 2e-3, row.ToString());
            else
                Brackets(PldAccountant.Delta(row.Composition, row.Argument), row.Value, 1, row.ToString());
        }
        Assert.True(index > 300);
    }

    [Fact]
    public void Gaussian_composition_without_sampling_is_one_Gaussian()
    {
        Gen.Select(Gen.Double[0.3, 30], Gen.Int[1, 2000], Gen.Double[-30, -1]).Sample((std, steps, logDelta) =>
        {
            var delta = Math.Pow(10, logDelta);
            var one = new OneRelease(new GaussianLaw(std), Math.Sqrt(steps));
            Brackets(PldAccountant.Epsilon(Scalar(new GaussianLaw(std), 1, steps), delta), one.Epsilon(delta), 1, FormattableString.Invariant($"{std:R} {steps} {delta:R}"));
        }, seed: "0N0XIzNsQ0O2", iter: 40, threads: 1);
    }

    [Fact]
    public void One_subsampled_release_agrees_with_quadrature()
    {
        NoiseLaw[] laws = [new GaussianLaw(1.3), new LaplaceLaw(0.8), Lmo];
        Gen.Select(Gen.Int[0, 2], Gen.Double[-3, 0], Gen.Double[0.05, 0.9]).Sample((which, logRate, fraction) =>
        {
            var samplingRate = Math.Pow(10, logRate);
            var release = new OneRelease(laws[which]);
            var most = SubsampledLoss.Subsampled(Math.Min(release.PureEpsilon, 4), samplingRate);
            var epsilon = fraction * most;
            // H_x of ((1-q) Q + q P, Q) at x = e^epsilon is q times H of (P, Q) at (x - 1 + q) / q: Balle, Barthe, Gaboardi 2018, Theorem 2.
            var exact = samplingRate * release.Delta(Math.Log((Math.Exp(epsilon) - 1 + samplingRate) / samplingRate));
            Brackets(PldAccountant.Delta(Scalar(laws[which], samplingRate, 1), epsilon), exact, 1, FormattableString.Invariant($"{laws[which]} q={samplingRate:R} epsilon={epsilon:R}"));
        }, seed: "0N0XIzNsQ0O2", iter: 40, threads: 1);
    }

    private static LmoLaw Lmo => new(new GammaComponent(0.1, 1, 0.5), new ExponentialComponent(0.1, 0.2), new UniformComponent(0.1, 5, 6));

    [Fact]
    public void More_of_anything_costs_more_and_more_noise_or_delta_less()
    {
        Gen.Select(Gen.Double[0.8, 8], Gen.Double[0.001, 0.5], Gen.Int[5, 400], Gen.Double[-12, -3]).Sample((std, samplingRate, steps, logDelta) =>
        {
            var delta = Math.Pow(10, logDelta);
            double Upper(double s, double q, long t, double d) => PldAccountant.Epsilon(Scalar(new GaussianLaw(s), q, t), d).Upper;
            var here = Upper(std, samplingRate, steps, delta);
            Assert.True(Upper(std * 1.01, samplingRate, steps, delta) <= here);
            Assert.True(Upper(std, samplingRate * 0.99, steps, delta) <= here);
            Assert.True(Upper(std, samplingRate, steps + 1 + steps / 50, delta) >= here);
            Assert.True(Upper(std, samplingRate, steps, delta * 1.1) <= here);
        }, seed: "0N0XIzNsQ0O2", iter: 4, threads: 1);
    }

    [Fact]
    public void Delta_and_epsilon_invert_each_other()
    {
        var composition = Scalar(new LaplaceLaw(2), 0.1, 30);
        var epsilon = PldAccountant.Epsilon(composition, 1e-7);
        var delta = PldAccountant.Delta(composition, epsilon.Upper);

        Assert.InRange(1e-7, delta.Lower, 1e-7 * 1.01);
        Assert.True(PldAccountant.Delta(composition, epsilon.Lower).Upper >= 1e-7);
    }

    [Fact]
    public void Releases_from_one_draw_are_not_draws()
    {
        // DESIGN 2.3: eight releases from one draw, and eight draws.
        Close.Relative(7.9e-4, PldAccountant.Delta(Scalar(new GaussianLaw(2), 0.03, 1, perDraw: 8), 0.5).Upper, 0.02);
        Close.Relative(9e-11, PldAccountant.Delta(Scalar(new GaussianLaw(2), 0.03, 8), 0.5).Upper, 0.05);
    }

    [Fact]
    public void Bounded_losses_give_pure_privacy()
    {
        Close.Relative(10, PldAccountant.Epsilon(Scalar(new LaplaceLaw(0.5), 1, 5), 0).Upper, 1e-12);
        Assert.Equal(double.PositiveInfinity, PldAccountant.Epsilon(Scalar(new GaussianLaw(1), 1, 5), 0).Upper);
        Assert.Equal(0, PldAccountant.Delta(Scalar(new LaplaceLaw(0.5), 1, 5), 10.1).Upper);
    }

    [Theory]
    [InlineData(1, 0, 1000, 1e-5, 0)]
    [InlineData(1, 0.5, 0, 1e-5, 0)]
    [InlineData(1, 0.5, 10, 1, 0)]
    [InlineData(1e6, 0.5, 10, 1e-5, 0)]
    public void What_costs_nothing_is_zero(double std, double samplingRate, long steps, double delta, double exact) =>
        Assert.Equal(Bounds.Exactly(exact), PldAccountant.Epsilon(Scalar(new GaussianLaw(std), samplingRate, steps), delta));

    [Theory]
    [InlineData(1e-3, 1, 1, 1e-10)]
    [InlineData(1e-3, 0.01, 1000, 1e-10)]
    [InlineData(1e6, 1, 1, 1e-300)]
    [InlineData(1, 0.5, 3, 1e-300)]
    [InlineData(50, 1e-4, 1_000_000_000, 1e-12)]
    [InlineData(1, 1, 1_000_000_000, 1e-6)]
    [InlineData(1, 1e-12, 10, 1e-10)]
    public void Absurd_input_ends_with_ordered_bounds(double std, double samplingRate, long steps, double delta)
    {
        var bounds = PldAccountant.Epsilon(Scalar(new GaussianLaw(std), samplingRate, steps), delta);

        Assert.True(bounds.Lower >= 0 && bounds.Lower <= bounds.Upper, bounds.ToString());
        if (samplingRate == 1)
            Brackets(bounds, new OneRelease(new GaussianLaw(std / Math.Sqrt(steps))).Epsilon(delta), 1, bounds.ToString());
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1e-10)]
    [InlineData(1.1)]
    public void Deltas_that_are_none_are_bad_input(double delta) =>
        Assert.Throws<BadInputException>(() => PldAccountant.Epsilon(Scalar(new GaussianLaw(1), 0.1, 1), delta));

    [Theory]
    [InlineData(double.NaN, 1, 1)]
    [InlineData(-0.1, 1, 1)]
    [InlineData(1.1, 1, 1)]
    [InlineData(0.1, -1, 1)]
    [InlineData(0.1, 1, 0)]
    public void Groups_that_are_none_are_bad_input(double samplingRate, long steps, int perDraw) =>
        Assert.Throws<BadInputException>(() => new ReleaseGroup(new ScalarRelease(new GaussianLaw(1)), samplingRate, steps, perDraw));
}

using CsCheck;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.Brackets;

namespace LmoDp.Privacy.Tests.Accounting;

public class PldAccountantTests
{
    [Theory]
    [InlineData(2, 2048.0 / 67349, 192, 1.5052995136132468)]
    [InlineData(1, 1e-3, 100_000, 2.590248304)]
    public void Anchors(double std, double samplingRate, long steps, double exact) =>
        Holds(PldAccountant.Epsilon(Scalar(new GaussianLaw(std), samplingRate, steps), 1e-10), exact, 1e-4, "anchor");

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
                Holds(PldAccountant.Epsilon(row.Composition, row.Argument), row.Value, row.Argument >= 1e-8 ? 1e-4 : 1e-3, row.ToString());
            else
                Holds(PldAccountant.Delta(row.Composition, row.Argument), Corrected(row), 1, row.ToString());
        }
        Assert.True(index > 300);
    }

    /// <summary>
    /// Two of the reference's values are rounding noise: at sigma 1, q 1e-4, T 1e5 its tilt leaves a delta of 1e-20 nine digits below the size of what it adds up. These are contour integrals of the
    /// whole loss in 60 digits, the same at two tilts and two steps each to 15 digits.
    /// </summary>
    private static double Corrected(GoldenRow row) => row.Value switch
    {
        1.6358826235268238e-20 => 1.30874770844772e-20,
        9.454688908528145e-32 => 9.26475472590665e-32,
        _ => row.Value,
    };

    [Theory]
    [InlineData("laplace:scale=2", 1, 2, 1e-10)]
    [InlineData("laplace:scale=2", 1, 20, 1e-10)]
    [InlineData("laplace:scale=2", 0.5, 3, 1e-18)]
    [InlineData("gaussian:std=25.8", 1, 32, 1e-18)]
    [InlineData("gaussian:std=1", 0.01, 2, 1e-30)]
    [InlineData("gaussian:std=1", 1e-4, 2, 1e-5)]
    [InlineData("laplace:scale=1", 1e-4, 3, 1e-6)]
    [InlineData("gaussian:std=1.13", 1.6e-5, 11, 5.4e-30)]
    [InlineData("gaussian:std=1.24", 3.8e-5, 8, 7.5e-23)]
    [InlineData("gaussian:std=1.2", 4.3e-5, 41, 2e-21)]
    [InlineData("gaussian:std=1", 1e-4, 1300, 1e-20)]
    [InlineData("generalised-gaussian:std=2,power=1.3", 0.1, 5, 1e-10)]
    [InlineData("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=5,b=6", 0.1, 100, 1e-10)]
    public void The_bracket_is_narrow_for_few_steps_and_every_law(string law, double samplingRate, long steps, double delta)
    {
        var bounds = PldAccountant.Epsilon(Scalar(NoiseLawParser.Parse(law), samplingRate, steps), delta);

        Assert.True(bounds.Lower <= bounds.Upper && bounds.RelativeWidth <= 1e-3, bounds.ToString());
    }

    [Fact]
    public void Laplace_few_steps_agree_with_brute_force()
    {
        // Two unsampled Laplace releases: delta is one integral over the first loss of the other's closed-form profile.
        var scale = 1.7;
        var release = new OneRelease(new LaplaceLaw(scale));
        foreach (var epsilon in new[] { 0.05, 0.4, 0.9, 1.1 })
        {
            // The loss under P: an atom 1/2 at 1/scale, one e^(-1/scale)/2 at -1/scale, and between the density e^((l - 1/scale)/2)/4.
            const int Panels = 200_000;
            var most = 1 / scale;
            var exact = 0.5 * release.Delta(epsilon - most) + 0.5 * Math.Exp(-most) * release.Delta(epsilon + most);
            for (var i = 0; i < Panels; i++)
            {
                var loss = most * ((2.0 * i + 1) / Panels - 1);
                exact += 2 * most / Panels * 0.25 * Math.Exp((loss - most) / 2) * LaplaceDelta(epsilon - loss, most);
            }
            Holds(PldAccountant.Delta(Scalar(new LaplaceLaw(scale), 1, 2), epsilon), exact, 1e-2, FormattableString.Invariant($"epsilon {epsilon}"), 1e-7);
        }

        static double LaplaceDelta(double epsilon, double most) => epsilon >= most ? 0 : epsilon <= -most ? 1 - Math.Exp(epsilon) : 1 - Math.Exp((epsilon - most) / 2);
    }

    [Fact]
    public void Gaussian_composition_without_sampling_is_one_Gaussian()
    {
        Gen.Select(Gen.Double[0.3, 30], Gen.Int[1, 2000], Gen.Double[-30, -1]).ForAll((std, steps, logDelta) =>
        {
            var delta = Math.Pow(10, logDelta);
            var one = new OneRelease(new GaussianLaw(std), Math.Sqrt(steps));
            Holds(PldAccountant.Epsilon(Scalar(new GaussianLaw(std), 1, steps), delta), one.Epsilon(delta), 1, FormattableString.Invariant($"{std:R} {steps} {delta:R}"));
        }, cases: 40);
    }

    [Fact]
    public void One_subsampled_release_agrees_with_quadrature()
    {
        NoiseLaw[] laws = [new GaussianLaw(1.3), new LaplaceLaw(0.8), Lmo];
        Gen.Select(Gen.Int[0, 2], Gen.Double[-3, 0], Gen.Double[0.05, 0.9]).ForAll((which, logRate, fraction) =>
        {
            var samplingRate = Math.Pow(10, logRate);
            var release = new OneRelease(laws[which]);
            var most = SubsampledLoss.Subsampled(Math.Min(release.PureEpsilon, 4), samplingRate);
            var epsilon = fraction * most;
            // H_x of ((1-q) Q + q P, Q) at x = e^epsilon is q times H of (P, Q) at (x - 1 + q) / q: Balle, Barthe, Gaboardi 2018, Theorem 2.
            var exact = samplingRate * release.Delta(Math.Log((Math.Exp(epsilon) - 1 + samplingRate) / samplingRate));
            Holds(PldAccountant.Delta(Scalar(laws[which], samplingRate, 1), epsilon), exact, 1, FormattableString.Invariant($"{laws[which]} q={samplingRate:R} epsilon={epsilon:R}"));
        }, cases: 40);
    }

    private static LmoLaw Lmo => new(new GammaComponent(0.1, 1, 0.5), new ExponentialComponent(0.1, 0.2), new UniformComponent(0.1, 5, 6));

    [Fact]
    public void More_of_anything_costs_more_and_more_noise_or_delta_less()
    {
        Gen.Select(Gen.Double[0.8, 8], Gen.Double[0.001, 0.5], Gen.Int[5, 400], Gen.Double[-12, -3]).ForAll((std, samplingRate, steps, logDelta) =>
        {
            var delta = Math.Pow(10, logDelta);
            double Upper(double s, double q, long t, double d) => PldAccountant.Epsilon(Scalar(new GaussianLaw(s), q, t), d).Upper;
            var here = Upper(std, samplingRate, steps, delta);
            Assert.True(Upper(std * 1.01, samplingRate, steps, delta) <= here);
            Assert.True(Upper(std, samplingRate * 0.99, steps, delta) <= here);
            Assert.True(Upper(std, samplingRate, steps + 1 + steps / 50, delta) >= here);
            Assert.True(Upper(std, samplingRate, steps, delta * 1.1) <= here);
        }, cases: 4);
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
        // Eight releases from one draw, and eight draws.
        Close.Relative(7.9e-4, PldAccountant.Delta(Scalar(new GaussianLaw(2), 0.03, 1, perDraw: 8), 0.5).Upper, 0.02);
        Close.Relative(9e-11, PldAccountant.Delta(Scalar(new GaussianLaw(2), 0.03, 8), 0.5).Upper, 0.05);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(16)]
    public void Several_releases_from_one_draw_without_sampling_are_several_steps(int perDraw)
    {
        foreach (var law in new NoiseLaw[] { new LaplaceLaw(3), new GeneralisedGaussianLaw(3, 1.4), Lmo })
        {
            var together = PldAccountant.Epsilon(Scalar(law, 1, 3, perDraw), 1e-6);
            var apart = PldAccountant.Epsilon(Scalar(law, 1, 3 * perDraw), 1e-6);

            Assert.True(together.Lower <= apart.Upper && apart.Lower <= together.Upper, $"{law}: {together} and {apart}");
            Assert.True(together.RelativeWidth < 1e-3, together.ToString());
        }
    }

    [Fact]
    public void Composition_term_by_term_agrees_with_the_Gaussian_of_many()
    {
        foreach (var count in new[] { 2, 3, 8 })
        {
            var (upper, lower) = SelfComposition.Of(new ShiftPair(new GaussianLaw(2), 1), count, 1e-45, 1 << 13);
            var exact = new OneRelease(new GaussianLaw(2), Math.Sqrt(count));
            foreach (var epsilon in new[] { 0.01, 0.7, 3, 6 })
            {
                double Delta(DominatingPair pair) => pair.Above(epsilon).P - Math.Exp(epsilon) * pair.Above(epsilon).Q;
                Assert.InRange(exact.Delta(epsilon), Delta(lower), Delta(upper));
                Close.Relative(Delta(upper), Delta(lower), 1e-3);
            }
        }
    }

    [Fact]
    public void Profile_is_monotone_and_agrees_with_single_points()
    {
        var composition = Scalar(new GaussianLaw(2), 2048.0 / 67349, 192);
        double[] epsilons = [0, 0.1, 0.3, 1, 3];
        var profile = PldAccountant.Profile(composition, epsilons);

        Holds(profile[1], 0.050775165878920475, 1e-2, "0.1");
        Holds(profile[3], 1.6189185422947052e-06, 1e-2, "1");
        for (var i = 1; i < epsilons.Length; i++)
            Assert.True(profile[i].Upper <= profile[i - 1].Upper && profile[i].Lower <= profile[i - 1].Lower);
        Assert.Throws<BadInputException>(() => PldAccountant.Profile(composition, [1, 0.5]));
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
    [InlineData(0.05, 1e-9, 2, 0.5, 0)]
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
        Assert.True(std == 1e-3 || steps >= 1_000_000_000 || delta < 1e-200 || bounds.RelativeWidth <= 1e-3, bounds.ToString());
        if (samplingRate == 1)
            Holds(bounds, new OneRelease(new GaussianLaw(std / Math.Sqrt(steps))).Epsilon(delta), 1, bounds.ToString());
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

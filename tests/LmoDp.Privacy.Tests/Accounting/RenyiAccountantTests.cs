using System.Diagnostics;
using CsCheck;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Tests.Noise;
using Xunit;

namespace LmoDp.Privacy.Tests.Accounting;

public class RenyiAccountantTests
{
    [Fact]
    public void Curves_agree_with_the_reference_library_at_integer_orders()
    {
        var compared = 0;
        foreach (var row in GoldenRow.Read("subsampled_gaussian.json", method => method == "dp_accounting.RDP").Where(row => row.Quantity == "rdp_curve"))
            for (var i = 0; i < row.Orders.Length; i++)
            {
                if (row.Orders[i] != Math.Floor(row.Orders[i]) || !double.IsFinite(row.Values[i]))
                    continue;
                var group = row.Composition.Groups.Single();
                Close.Relative(row.Values[i], group.Steps * RenyiCurve.Of(group).Divergence(row.Orders[i]), 1e-6, FormattableString.Invariant($"{row} order {row.Orders[i]}"));
                compared++;
            }
        Assert.True(compared > 200);
    }

    [Fact]
    public void Compositions_of_several_kinds_agree_with_the_reference_library()
    {
        var compared = 0;
        foreach (var file in new[] { "gaussian.json", "laplace.json", "heterogeneous.json" })
            foreach (var row in GoldenRow.Read(file, method => method == "dp_accounting.RDP").Where(row => row.Quantity == "rdp_curve"))
                for (var i = 0; i < row.Orders.Length; i++)
                {
                    // At fractional orders the library's own subsampled series is rough.
                    if (!double.IsFinite(row.Values[i]) || row.Orders[i] != Math.Floor(row.Orders[i]) && row.Composition.Groups.Any(group => group.SamplingRate < 1))
                        continue;
                    var sum = RenyiAccountant.Curves(row.Composition).Sum(part => part.Times * part.Curve.Divergence(row.Orders[i]));
                    Close.Relative(row.Values[i], sum, 1e-6, FormattableString.Invariant($"{row} order {row.Orders[i]}"));
                    compared++;
                }
        Assert.True(compared > 100);
    }

    /// <summary>The library optimises over its list of orders, we over the reals: never above it.</summary>
    [Fact]
    public void Epsilon_and_delta_are_never_above_the_reference_librarys()
    {
        var compared = 0;
        foreach (var file in new[] { "gaussian.json", "laplace.json", "heterogeneous.json" })
            foreach (var row in GoldenRow.Read(file, method => method == "dp_accounting.RDP").Where(row => row.Quantity is "epsilon" or "delta" && double.IsFinite(row.Value)).Where((_, i) => i % 5 == 0))
            {
                var ours = row.Quantity == "epsilon" ? RenyiAccountant.Epsilon(row.Composition, row.Argument).Epsilon : RenyiAccountant.Delta(row.Composition, row.Argument).Delta;
                Assert.True(ours <= row.Value * (1 + 1e-6), $"{row}: {ours} against {row.Value}");
                compared++;
            }
        Assert.True(compared > 20, $"{compared}");
    }

    /// <summary>Independent: the double sum over outcomes of a lattice law, both directions; removal is the larger one.</summary>
    [Fact]
    public void Lattice_curves_are_sums_over_outcomes_and_removal_is_the_larger_direction() =>
        Gen.Select(Lattices.Any, Gen.Double[0.01, 0.99], Gen.Double[1.05, 40]).ForAll(
            (law, q, order) =>
            {
                var p = Lattices.Probabilities(law);
                if (order * law.MaximumPrivacyLoss(1) > 600)
                    return;
                double Moment(Func<double, double, (double, double)> pair) => Lattices.Sum(p, law.StepsPerSensitivity, (with, without) =>
                {
                    var (first, second) = pair(with, without);
                    return first * Math.Pow(first / second, order - 1);
                });
                var remove = Moment((with, without) => ((1 - q) * without + q * with, without));
                var add = Moment((with, without) => (without, (1 - q) * without + q * with));
                var divergence = RenyiCurve.Of(new ReleaseGroup(new ScalarRelease(law), q, 1)).Divergence(order);
                Assert.Equal(Math.Log(remove) / (order - 1), divergence, 1e-11 * (1 + divergence) + 1e-13 / (order - 1));
                Assert.True(add <= remove * (1 + 1e-12));
            },
            cases: 200);

    /// <summary>Where the curve comes from a reflection-symmetric pair the binomial sum suffices; the general bound is never below it, nor more than 3 times the moment above it.</summary>
    [Fact]
    public void The_general_Poisson_bound_lies_above_the_exact_curve()
    {
        foreach (var q in new[] { 0.001, 0.03, 0.5, 1 })
            foreach (var order in new[] { 2, 3, 5, 17, 60 })
            {
                double Unsampled(int k) => new OneRelease(new LaplaceLaw(1.5)).Renyi(k);
                var exact = RenyiCurve.Of(new ReleaseGroup(new ScalarRelease(new LaplaceLaw(1.5)), q, 1)).Divergence(order);
                var sum = new BinomialCurve(q, Unsampled, laterTerms: 1, "").Divergence(order);
                var general = RenyiCurve.OfSubsampled(q, Unsampled).Divergence(order);
                Close.Relative(exact, sum, 1e-9, $"q {q} order {order}");
                if (order == 2 || q == 1)
                    Close.Relative(exact, general, 1e-9, $"q {q} order {order}");
                else
                    Assert.InRange(general, exact * (1 + 1e-6), exact + Math.Log(3) / (order - 1) + 10 * exact);
            }
    }

    /// <summary>The bound of Zhu and Wang term by term, in plain numbers.</summary>
    [Fact]
    public void The_general_Poisson_bound_is_the_theorems_sum()
    {
        var (q, a) = (0.1, 4);
        double E(int k) => Math.Exp((k - 1) * 0.2 * k);
        var moment = Math.Pow(1 - q, a - 1) * (a * q - q + 1) + 6 * q * q * Math.Pow(1 - q, 2) * E(2) + 3 * (4 * Math.Pow(q, 3) * (1 - q) * E(3) + Math.Pow(q, 4) * E(4));
        Close.Relative(Math.Log(moment) / (a - 1), RenyiCurve.OfSubsampled(q, k => 0.2 * k).Divergence(a), 1e-12);
        Assert.Equal(0, RenyiCurve.OfSubsampled(0, k => 0.2 * k).Divergence(a));
        Assert.Throws<BadInputException>(() => RenyiCurve.OfSubsampled(1.5, k => k));
    }

    [Fact]
    public void Curves_can_be_accounted_for_without_a_law()
    {
        var known = RenyiAccountant.Epsilon([(RenyiCurve.OfSubsampled(1, k => k / 8.0), 20)], 1e-8);
        var gaussian = RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(new GaussianLaw(2)), 1, 20)), 1e-8);
        Assert.InRange(known.Epsilon / gaussian.Epsilon, 1, 1.02);
        Assert.Contains("Zhu and Wang", known.Formula);
        Assert.Equal(0, RenyiAccountant.Epsilon([], 1e-8).Epsilon);
    }

    [Fact]
    public void Fractional_orders_are_exact_where_the_library_is_not()
    {
        var group = new ReleaseGroup(new ScalarRelease(new GaussianLaw(1)), 1e-4, 1);

        // The shared notes give (a - 1) D_a.
        Close.Relative(6.44269e-9, 0.5 * RenyiCurve.Of(group).Divergence(1.5), 1e-5);
    }

    [Theory]
    [InlineData(0.02, 1.0)]
    [InlineData(0.3, 2.0)]
    [InlineData(1.0, 1.5)]
    [InlineData(1e-3, 100.0)]
    [InlineData(1e-6, 0.3)]
    [InlineData(1e-4, 1e5)]
    [InlineData(0.5, 1e-3)]
    public void Quadrature_and_binomial_sum_agree_for_the_Gaussian(double samplingRate, double std)
    {
        var quadrature = new MixtureCurve(new GaussianLaw(std), samplingRate);
        var binomial = new BinomialCurve(samplingRate, order => order / (2 * std * std), laterTerms: 1, "");
        foreach (var order in new[] { 2, 3, 7, 32, 150 })
            Close.Relative(binomial.Divergence(order), quadrature.Divergence(order), 1e-10);
        // Between integers the sum is an upper bound by convexity.
        foreach (var order in new[] { 1.3, 2.5, 7.7 })
            Assert.True(binomial.Divergence(order) >= quadrature.Divergence(order) * (1 - 1e-10));
    }

    [Fact]
    public void Never_below_the_loss_distribution_and_not_far_above()
    {
        foreach (var std in new[] { 0.8, 2, 10 })
        {
            var composition = new Composition(new ReleaseGroup(new ScalarRelease(new GaussianLaw(std)), 2048.0 / 67349, 192));
            var renyi = RenyiAccountant.Epsilon(composition, 1e-10).Epsilon;
            var exact = PldAccountant.Epsilon(composition, 1e-10);
            Assert.InRange(renyi / exact.Upper, 1, 1.25);
        }
    }

    [Fact]
    public void Vector_with_coordinate_noise_costs_what_its_equivalent_Gaussian_costs()
    {
        var laplace = new VectorRelease(new LaplaceLaw(2));
        var equivalent = RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(laplace, 0.03, 100)), 1e-8);
        var gaussian = RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(new VectorRelease(new GaussianLaw(2)), 0.03, 100)), 1e-8);

        Assert.InRange(equivalent.Epsilon / gaussian.Epsilon, 1 - 1e-9, 1.02);
        Assert.Contains("coordinate noise", equivalent.Formula);
        Assert.Throws<BadInputException>(() => PldAccountant.Epsilon(new Composition(new ReleaseGroup(laplace, 0.03, 100)), 1e-8));
    }

    [Fact]
    public void Several_releases_from_one_draw_cost_more_than_as_many_draws()
    {
        var release = new ScalarRelease(new LaplaceLaw(4));
        var together = RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(release, 0.05, 50, perDraw: 4)), 1e-6).Epsilon;
        var apart = RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(release, 0.05, 200)), 1e-6).Epsilon;

        Assert.True(together > apart);
    }

    /// <summary>Right or infinite, and soon: the reference is the closed sum, whose chords bound every order.</summary>
    [Theory]
    [InlineData(1e6, 1e-6, 1_000_000_000, 1e-300)]
    [InlineData(1e-3, 0.5, 1, 0.5)]
    [InlineData(1e-3, 1, 1_000_000_000, 1e-10)]
    [InlineData(1, 1e-12, 1_000_000, 1e-10)]
    [InlineData(300, 0.9, 1_000_000_000, 1e-30)]
    public void Absurd_runs_are_accounted_like_any_other(double std, double q, long steps, double delta)
    {
        var ours = RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(new GaussianLaw(std)), q, steps)), delta).Epsilon;
        var chords = RenyiAccountant.Epsilon([(new BinomialCurve(q, order => order / (2 * std * std), laterTerms: 1, ""), steps)], delta).Epsilon;
        Assert.InRange(ours, 0.3 * chords, chords * (1 + 1e-6));
    }

    /// <summary>Losses a millionth of the log density: their rounding once kept the quadrature from its tolerance, and took minutes.</summary>
    [Fact]
    public void Lmo_noise_of_any_size_is_accounted_soon()
    {
        var law = NoiseLawParser.Parse("lmo:a1=0.1,k=1,theta=0.5,a3=0.1,rate=5,a4=0.1,a=5,b=6");
        var clock = Stopwatch.StartNew();
        foreach (var (scale, steps, delta) in new[] { (1e6, 100, 1e-200), (0.05, 10, 1e-100) })
        {
            var composition = new Composition(new ReleaseGroup(new ScalarRelease(law.Scale(scale)), 0.9, steps));
            var renyi = RenyiAccountant.Epsilon(composition, delta).Epsilon;
            var pure = PldAccountant.Epsilon(composition, 0).Upper;
            Assert.InRange(renyi, 0.9 * pure, pure - Math.Log(delta) / 4095);
        }
        Assert.True(clock.Elapsed.TotalSeconds < 20, clock.Elapsed.ToString());
    }

    [Fact]
    public void What_is_never_sampled_is_free()
    {
        var release = new VectorRelease(new LaplaceLaw(1));

        Assert.Equal(0, RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(release, 0, 100)), 1e-8).Epsilon);
        Assert.Equal(0, RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(release, 0.5, 0)), 1e-8).Epsilon);
        Assert.Equal(0, RenyiAccountant.Delta(new Composition(new ReleaseGroup(release, 0.5, 0)), 0).Delta);
    }

    /// <summary>
    /// With noise far below the sensitivity, a row that takes part at all (in 100 steps at 1 %: 63 %) shows a loss of about C^2 / (2 std^2). Where squares leave the range of a double there is no small
    /// figure: an infinite one, or a fault.
    /// </summary>
    [Fact]
    public void NoiseThatIsFarTooSmallIsNeverCheap()
    {
        foreach (var exponent in new[] { -3, -300 })
        {
            var std = Math.Pow(10, exponent);
            foreach (var law in new NoiseLaw[] { new GaussianLaw(std), new GeneralisedGaussianLaw(std, 1.5), new LaplaceLaw(std) })
            {
                var leastLoss = law is GaussianLaw ? 0.4 / std / std : 0.4 / std;
                try
                {
                    Assert.True(RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(new ScalarRelease(law), 0.01, 100)), 1e-5).Epsilon >= leastLoss, $"{law}");
                }
                catch (BadInputException fault)
                {
                    Assert.Contains("beyond the range of a double", fault.Message, StringComparison.Ordinal);
                }
            }
        }
    }
}

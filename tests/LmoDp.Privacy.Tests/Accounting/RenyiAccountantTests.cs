using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
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
    public void Quadrature_and_binomial_sum_agree_for_the_Gaussian(double samplingRate, double std)
    {
        var quadrature = new MixtureCurve(new GaussianLaw(std), samplingRate);
        var binomial = new BinomialCurve(samplingRate, order => order / (2 * std * std), "");
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

    [Fact]
    public void What_is_never_sampled_is_free()
    {
        var release = new VectorRelease(new LaplaceLaw(1));

        Assert.Equal(0, RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(release, 0, 100)), 1e-8).Epsilon);
        Assert.Equal(0, RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(release, 0.5, 0)), 1e-8).Epsilon);
        Assert.Equal(0, RenyiAccountant.Delta(new Composition(new ReleaseGroup(release, 0.5, 0)), 0).Delta);
    }
}

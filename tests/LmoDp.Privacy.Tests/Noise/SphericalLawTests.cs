using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using LmoDp.Privacy.Tests.Sampling;
using MathNet.Numerics;
using Xunit;

namespace LmoDp.Privacy.Tests.Noise;

public class SphericalLawTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(25)]
    public void At_power_2_it_is_the_Gaussian(int dimension)
    {
        foreach (var std in new[] { 0.5, 3 })
        {
            var law = new SphericalLaw(std, 2, dimension);
            foreach (var order in new[] { 1.3, 2, 10 })
                Close.Relative(order / (2 * std * std), law.Renyi(order), 1e-8, $"{law} order {order}");
            foreach (var epsilon in new[] { 0, 0.3, 2 })
                Close.Relative(new OneRelease(new GaussianLaw(std)).Delta(epsilon), law.Delta(epsilon), 1e-8, $"{law} epsilon {epsilon}");
        }
    }

    /// <summary>Independent: a plain midpoint sum over the plane, no mirror images and no polar coordinates.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1.5)]
    public void In_the_plane_it_agrees_with_a_sum_over_a_grid(double power)
    {
        var law = new SphericalLaw(1.2, power, 2);
        var alpha = law.StandardDeviation * Math.Sqrt(2 * SpecialFunctions.Gamma(2 / power) / SpecialFunctions.Gamma(4 / power));
        const double step = 0.02, reach = 24;
        var (mass, moment, delta) = (0.0, 0.0, 0.0);
        for (var x = -reach; x < reach; x += step)
            for (var y = step / 2; y < reach; y += step)
            {
                var q = Math.Exp(-Math.Pow((x * x + y * y) / (alpha * alpha), power / 2));
                var p = Math.Exp(-Math.Pow(((x - 1) * (x - 1) + y * y) / (alpha * alpha), power / 2));
                mass += q;
                moment += p * p * p / (q * q);
                delta += Math.Max(p - Math.Exp(0.2) * q, 0);
            }
        Close.Relative(Math.Log(moment / mass) / 2, law.Renyi(3), 1e-3);
        Close.Relative(delta / mass, law.Delta(0.2), 1e-3);
    }

    [Fact]
    public void Renyi_rises_with_the_order_up_to_the_pure_epsilon()
    {
        var law = new SphericalLaw(2, 1, 5);
        var before = 0.0;
        foreach (var order in new[] { 1.01, 2, 5, 30, 400 })
        {
            Assert.InRange(law.Renyi(order), before, law.PureEpsilon);
            before = law.Renyi(order);
        }
        Assert.Equal(0, law.Delta(law.PureEpsilon));
        Assert.Equal(double.PositiveInfinity, new SphericalLaw(2, 1.01, 5).PureEpsilon);
    }

    /// <summary>One release at (0.3, 1e-10): standard deviation relative to the Gaussian's. References: a sum over a grid in polar coordinates about the other centre (Python), 0.4356 and 0.5779.</summary>
    [Theory]
    [InlineData(2, 0.31, 0.01)]
    [InlineData(5, 0.4356, 0.001)]
    [InlineData(10, 0.5779, 0.001)]
    public void The_gain_over_the_Gaussian_shrinks_with_the_dimension(int dimension, double expected, double tolerance)
    {
        var gaussian = Calibration.Calibrate(new ScalarRelease(new GaussianLaw(1)), 0.3, 1e-10, 1, 1).Noise.StandardDeviation;
        var (low, high) = (0.2 * gaussian, gaussian);
        while (high / low > 1.001)
        {
            var middle = Math.Sqrt(low * high);
            if (new SphericalLaw(middle, 1, dimension).Delta(0.3) <= 1e-10)
                high = middle;
            else
                low = middle;
        }
        Assert.Equal(expected, high / gaussian, tolerance);
    }

    /// <summary>Radius and one coordinate by Kolmogorov-Smirnov; the coordinate's square over the squared radius is Beta(1/2, (K-1)/2).</summary>
    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1.5)]
    [InlineData(7, 1)]
    public void Draws_follow_the_law(int dimension, double power)
    {
        const int draws = 300_000;
        var law = new SphericalLaw(2, power, dimension);
        using var random = AesCtrRandomSource.FromSeed(11, law.ToString());
        var (radii, shares, z) = (new double[draws], new double[draws], new double[dimension]);
        var squares = 0.0;
        for (var i = 0; i < draws; i++)
        {
            law.Sample(random, z);
            var square = z.Sum(value => value * value);
            squares += square;
            (radii[i], shares[i]) = (Math.Sqrt(square), z[dimension - 1] * z[dimension - 1] / square);
        }
        // Relative standard error below 1/2 %: 6 of them.
        Close.Relative(4, squares / draws / dimension, 0.03);
        var alpha = 2 * Math.Sqrt(dimension * SpecialFunctions.Gamma(dimension / power) / SpecialFunctions.Gamma((dimension + 2) / power));
        KolmogorovSmirnov.Accept(radii, r => SpecialFunctions.GammaLowerRegularized(dimension / power, Math.Pow(r / alpha, power)), "radius");
        KolmogorovSmirnov.Accept(shares, share => SpecialFunctions.BetaRegularized(0.5, (dimension - 1) / 2.0, share), "direction");
    }

    [Fact]
    public void Subsampled_steps_are_accounted_by_their_curve()
    {
        var law = new SphericalLaw(4, 2, 3);
        var ours = RenyiAccountant.Epsilon([(RenyiCurve.OfSpherical(law, 0.05), 100)], 1e-6);
        var gaussian = RenyiAccountant.Epsilon(new Composition(new ReleaseGroup(new VectorRelease(new GaussianLaw(4)), 0.05, 100)), 1e-6);
        Assert.InRange(ours.Epsilon / gaussian.Epsilon, 1 - 1e-7, 1.02);
        Assert.Contains("spherical", ours.Formula);
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(1, 0.9, 2)]
    [InlineData(1, 2.1, 2)]
    [InlineData(1, 1, 1)]
    public void Bad_parameters_are_refused(double std, double power, int dimension) => Assert.Throws<BadInputException>(() => new SphericalLaw(std, power, dimension));
}

using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>F(P, Q) = F_P P + F_Q Q at an outcome has the slopes that it is made of as its derivatives, and their derivatives as its second ones.</summary>
public class ConvexDivergenceTests
{
    private static readonly LatticeFrame Frame = new(3, 30, Math.Exp(-0.2), Objective.StandardDeviation);

    private static ComposedProfile Profile()
    {
        var (losses, masses) = new LatticePairs(Frame, 1, Adjacency.Remove).Losses(SearchFrames.Unimodal(Frame, new Random(2)));
        return new ComposedProfile(losses, masses, 4, 2, smoothing: 0.1);
    }

    public static TheoryData<string> Divergences => ["renyi:1.5", "renyi:2", "renyi:40", "composed"];

    private static ConvexDivergence Named(string name) => name == "composed" ? Profile() : new RenyiMoment(double.Parse(name[6..], System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [MemberData(nameof(Divergences))]
    public void Slopes_are_derivatives_of_F_and_curvature_is_theirs(string name)
    {
        var divergence = Named(name);
        double F(double p, double q)
        {
            var at = divergence.At(Math.Log(p / q));
            return (at.P * p) - (at.Q * q);
        }
        const double h = 1e-5;
        foreach (var loss in new[] { -0.9, -0.31, -0.017, 0.0123, 0.27, 0.86 })
        {
            var q = 0.03;
            var p = q * Math.Exp(loss);
            var at = divergence.At(loss);
            // What the difference quotient itself can show: values over the step, and the third derivative.
            var unit = Math.Abs(at.P) + Math.Abs(at.Q) + at.Curvature;
            Assert.Equal(at.P, (F(p * (1 + h), q) - F(p * (1 - h), q)) / (2 * h * p), 1e-6 * unit);
            Assert.Equal(-at.Q, (F(p, q * (1 + h)) - F(p, q * (1 - h))) / (2 * h * q), 1e-6 * unit * (1 + Math.Exp(loss)));
            // Second derivatives P c v v', v = (1/P, -1/Q). A composed profile's density is constant on each cell, hence the tolerance.
            var (up, down) = (divergence.At(loss + h), divergence.At(loss - h));
            var tolerance = name == "composed" ? 0.02 : 1e-6;
            Assert.Equal(at.Curvature, (up.P - down.P) / (2 * h), (tolerance * at.Curvature) + (1e-10 * Math.Abs(at.P)));
            Assert.Equal(at.Curvature * Math.Exp(loss), (up.Q - down.Q) / (2 * h), (tolerance * at.Curvature * Math.Exp(loss)) + (1e-10 * Math.Abs(at.Q)));
        }
    }

    [Theory]
    [MemberData(nameof(Divergences))]
    public void F_lies_above_its_tangents(string name)
    {
        var (divergence, random) = (Named(name), new Random(3));
        for (var i = 0; i < 2000; i++)
        {
            var (here, there) = ((4 * random.NextDouble()) - 2, (4 * random.NextDouble()) - 2);
            var (at, from) = (divergence.At(there), divergence.At(here));
            var (p, q) = (Math.Exp(there), 1.0);
            var (f, tangent) = ((at.P * p) - (at.Q * q), (from.P * p) - (from.Q * q));
            Assert.True(tangent <= f + (1e-12 * (Math.Abs(from.P * p) + Math.Abs(from.Q))), FormattableString.Invariant($"{name}: tangent of {here:R} at {there:R}: {tangent:R} > {f:R}"));
            Assert.True(f >= -1e-13 && from.Curvature >= 0);
        }
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(2)]
    [InlineData(37.5)]
    public void The_moment_is_what_it_says(double order)
    {
        var moment = new RenyiMoment(order);
        foreach (var (p, q) in new[] { (0.2, 0.1), (0.1, 0.2), (0.3, 0.299) })
        {
            var at = moment.At(Math.Log(p / q));
            Close.Relative((Math.Pow(p, order) * Math.Pow(q, 1 - order)) - (order * p) + ((order - 1) * q), (at.P * p) - (at.Q * q), 1e-9, "moment");
        }
        // Laws of mass 1: exp((a-1) D_a) - 1, here of two coins.
        double Sum(double p, double q) => (moment.At(Math.Log(p / q)).P * p) - (moment.At(Math.Log(p / q)).Q * q);
        var coins = Math.Log((Math.Pow(0.7, order) * Math.Pow(0.6, 1 - order)) + (Math.Pow(0.3, order) * Math.Pow(0.4, 1 - order)));
        Close.Relative(Math.Exp(coins) - 1, Sum(0.7, 0.6) + Sum(0.3, 0.4), 1e-10, "coins");
    }
}

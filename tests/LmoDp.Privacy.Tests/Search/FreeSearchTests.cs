using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using LmoDp.Privacy.Tests.Noise;
using Xunit;
using static LmoDp.Privacy.Tests.Search.FoundLaws;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>Laws that the free-form search finds, checked by what did not find them.</summary>
public class FreeSearchTests
{
    [Theory]
    [InlineData(1, 1e-5, 1.0, 1, "std", 3)]
    [InlineData(0.5, 1e-6, 0.2, 1, "mean-abs", 3)]
    [InlineData(2, 1e-8, 1.0, 1, "usefulness:2", 4)]
    [InlineData(2, 1e-5, 0.3, 3, "std", 2)]
    [InlineData(3, 1e-5, 0.1, 20, "std", 4)]
    public void A_law_found_is_unimodal_certified_and_private_at_every_shift(double epsilon, double delta, double samplingRate, int steps, string objective, int m)
    {
        var found = NoiseSearch.Find(NoiseSearchFamily.Free, new SearchTarget(epsilon, delta, samplingRate, steps), Objective.Parse(objective), m);
        Check(found);
        Assert.True(found.Epsilon.Upper >= epsilon * (1 - 1e-4), $"epsilon {found.Epsilon.Upper} leaves room");
    }

    /// <summary>What the check above guards against: private at the full shift, as nothing but the full shift asks for, and far from it at half (figures of issue 4: 2.47 and 4.55).</summary>
    [Fact]
    public void A_law_that_is_not_unimodal_leaks_more_at_half_the_shift()
    {
        double[] places = [.. Enumerable.Range(0, 80).Select(k => Math.Exp((-2.47 * (k / 2)) - (k % 2 == 1 ? 4.55 : 0)))];
        var total = places[0] + (2 * places.Skip(1).Sum());
        double[] law = [.. places.Select(place => place / total)];
        Assert.True(Lattices.HockeyStick(law, 2, Math.Exp(2.47 + 1e-9)) < 1e-15);
        Assert.True(Lattices.HockeyStick(law, 1, Math.Exp(4.5)) > 0.01);
        Assert.Equal(1, WorstShift(law, 2, 1, 1, 2.47));
        Assert.Throws<BadInputException>(() => new LatticeLaw(2, [1000, 10, 80, 1], new DyadicRatio(1, 1)));
    }

    /// <summary>Issue 4, standard deviation relative to the calibrated Gaussian's; the linear programme's optimum for one release is 0.2507 (m = 1) to 0.2512 (m = 3).</summary>
    [Theory]
    [InlineData(0.3, 1e-10, 1.0, 1, 0.2507, 0.2513)]
    [InlineData(0.3, 1e-10, 0.0304, 20, 0.87, 0.8852)]
    [InlineData(3, 1e-10, 0.0304, 192, 0.85, 0.862)]
    [InlineData(3, 1e-10, 0.01, 1000, 0.82, 0.832)]
    [InlineData(0.3, 1e-10, 0.0304, 192, 0.99, 1)]
    public void Reaches_the_figures_of_the_issue(double epsilon, double delta, double samplingRate, int steps, double least, double most)
    {
        var found = NoiseSearch.Find(NoiseSearchFamily.Free, new SearchTarget(epsilon, delta, samplingRate, steps), Objective.StandardDeviation);
        Assert.InRange(found.Value / found.Gaussian.Noise.StandardDeviation, least, most);
        // For several releases there may be no gap to report.
        Assert.True(steps > 1 || found.Gap is not null);
        Assert.True(found.Gap is null || found.Gap.Relative < 1e-3, $"gap {found.Gap}");
        Assert.True(found.Epsilon.Upper <= epsilon);
    }

    /// <summary>Plain Laplace, at 0.796, is nearly the best here.</summary>
    [Theory]
    [Trait("Category", "Soak")]
    [InlineData(0.3, 1e-10, 1.0, 10, 0.78, 0.796)]
    public void Reaches_the_figure_that_takes_longest(double epsilon, double delta, double samplingRate, int steps, double least, double most) =>
        Reaches_the_figures_of_the_issue(epsilon, delta, samplingRate, steps, least, most);

    /// <summary>Gilani et al. (ICML 2025): noise of standard deviation 8, ten releases, delta 1e-6: epsilon 1.62 (Gaussian 1.743, Laplace 1.768).</summary>
    [Fact]
    public void Does_as_well_as_the_published_optimum_for_ten_releases()
    {
        var target = new SearchTarget(1.619, 1e-6, 1, 10);
        var found = NoiseSearch.Find(NoiseSearchFamily.Free, target, Objective.StandardDeviation);
        Assert.InRange(found.Law.StandardDeviation, 7.9, 8);
        Assert.Equal(1.743, PldAccountant.Epsilon(target.With(new GaussianLaw(8)), 1e-6).Upper, 2e-3);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public void Never_worse_than_gaussian_or_laplace_rounded_to_the_same_lattice(int steps)
    {
        var target = new SearchTarget(2, 1e-6, 1, steps);
        var found = NoiseSearch.Find(NoiseSearchFamily.Free, target, Objective.StandardDeviation, 2);
        foreach (var shape in new[] { found.Gaussian.Noise, found.Laplace.Noise })
        {
            // Rounding a release to the lattice is post-processing, so these meet the target.
            var lattice = LatticeLaw.Rounded(shape, 2).StandardDeviation;
            Assert.True(found.Value <= lattice, FormattableString.Invariant($"{found.Value:R} against {lattice:R} of {shape}"));
        }
        Check(found);
    }

    /// <summary>One release: the bound holds for every law, so for the rounded Laplace and for the law itself, and is near.</summary>
    [Theory]
    [InlineData("std")]
    [InlineData("mean-abs")]
    [InlineData("usefulness:2")]
    public void For_one_release_the_bound_is_near_and_never_crossed(string objective)
    {
        var found = NoiseSearch.Find(NoiseSearchFamily.Free, new SearchTarget(0.8, 1e-6, 1, 1), Objective.Parse(objective), 2);
        Assert.True(found.Gap!.IsOptimumBound && found.Gap.Renyi is null);
        Assert.False(found.Objective.Better(found.Value, found.Gap.Bound));
        Assert.InRange(found.Gap.Relative, 0, 1e-3);
        var laplace = Calibration.Calibrate(new ScalarRelease(LatticeLaw.Rounded(new LaplaceLaw(1), 2)), 0.8, 1e-6, 1, 1).Noise;
        Assert.False(found.Objective.Better(found.Objective.Of(laplace), found.Gap.Bound));
    }
}

using System.Globalization;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

public class ParametricSearchTests
{
    private static double GaussianStd(SearchTarget target) =>
        Calibration.Calibrate(new ScalarRelease(new GaussianLaw(1)), target.Epsilon, target.Delta, target.SamplingRate, target.Steps).Noise.StandardDeviation;

    /// <summary>The free-form optima, which no law of the family can beat by more than the lattice's doing, are 0.2512, 0.8851, 0.8598, 0.8252, 0.9954.</summary>
    [Theory]
    [InlineData(0.3, 1e-10, 1, 1, 0.2512, 0.2520)]
    [InlineData(0.3, 1e-10, 0.0304, 20, 0.8851, 0.887)]
    [InlineData(3, 1e-10, 0.0304, 192, 0.8598, 0.862)]
    public void Generalised_gaussian_is_nearly_as_good_as_any_shape(double epsilon, double delta, double samplingRate, long steps, double best, double expected)
    {
        var target = new SearchTarget(epsilon, delta, samplingRate, steps);
        var found = ParametricSearch.Lattice(NoiseSearchFamily.GeneralisedGaussian, target, Objective.StandardDeviation, 64).Lattice;

        Assert.True(found.Epsilon.Upper <= epsilon);
        Assert.InRange(found.Law.StandardDeviation / GaussianStd(target), 0.999 * best, expected);
    }

    [Theory]
    [Trait("Category", "Soak")]
    [InlineData(0.3, 1e-10, 1, 10, 0.794, 0.796)]
    [InlineData(3, 1e-10, 0.01, 1000, 0.8252, 0.830)]
    [InlineData(0.3, 1e-10, 0.0304, 192, 0.9954, 0.997)]
    [InlineData(1.62, 1e-6, 1, 10, 0.92, 0.935)]
    public void Generalised_gaussian_is_nearly_as_good_at_more_targets(double epsilon, double delta, double samplingRate, long steps, double best, double expected) =>
        Generalised_gaussian_is_nearly_as_good_as_any_shape(epsilon, delta, samplingRate, steps, best, expected);

    /// <summary>Laplace is a member of the family, so what is found is never worse on the same lattice but for the scales' tolerance.</summary>
    [Theory]
    [InlineData("std", 0.3, 1e-10, 1, 1)]
    [InlineData("mean-abs", 0.3, 1e-10, 1, 1)]
    [InlineData("std", 0.3, 1e-10, 1, 10)]
    [InlineData("std", 1.62, 1e-6, 1, 10)]
    [InlineData("usefulness:1", 1.62, 1e-6, 1, 10)]
    [InlineData("mean-abs", 1, 1e-5, 0.1, 8)]
    public void Lmo_is_never_worse_than_laplace(string name, double epsilon, double delta, double samplingRate, long steps)
    {
        var (target, objective) = (new SearchTarget(epsilon, delta, samplingRate, steps), Objective.Parse(name));
        var found = ParametricSearch.Lattice(NoiseSearchFamily.Lmo, target, objective, 64).Lattice;
        var laplace = ParametricSearch.Lattice(NoiseSearchFamily.Laplace, target, objective, 64).Lattice;

        Assert.True(found.Epsilon.Upper <= epsilon);
        var (one, other) = (objective.Of(found.Law), objective.Of(laplace.Law));
        Assert.True(objective.LargerIsBetter ? one >= other * (1 - 3e-6) : one <= other * (1 + 3e-6), FormattableString.Invariant($"{one:R} against {other:R}"));
    }

    [Fact]
    [Trait("Category", "Soak")]
    public void Nor_in_long_runs_of_small_samples() => Lmo_is_never_worse_than_laplace("mean-abs", 3, 1e-10, 0.001, 1000);

    [Theory]
    [InlineData(3, 1e-10, 1, 1, 0.1, 1.09)]
    [InlineData(3, 1e-10, 0.0304, 192, 0.1, 1.26)]
    public void Lmo_is_more_useful_than_laplace_close_to_0(double epsilon, double delta, double samplingRate, long steps, double g, double gain)
    {
        var (target, objective) = (new SearchTarget(epsilon, delta, samplingRate, steps), Objective.Usefulness(g));
        var found = ParametricSearch.Lattice(NoiseSearchFamily.Lmo, target, objective, 64).Lattice;
        var laplace = ParametricSearch.Lattice(NoiseSearchFamily.Laplace, target, objective, 64).Lattice;

        Assert.True(found.Epsilon.Upper <= epsilon);
        Assert.True(found.Law.Usefulness(g) >= gain * laplace.Law.Usefulness(g));
    }

    /// <summary>
    /// One release with Laplace noise of random inverse scale U has pure epsilon E where E[U] = e^E E[U e^-U]. By duality no law of U gives a usefulness above
    /// min over p of max over u of 1 - e^(-g u) - p u (1 - e^(E - u)): computed here without any search.
    /// </summary>
    [Theory]
    [InlineData(2, 0.01)]
    [InlineData(3, 0.1)]
    [InlineData(3, 0.5)]
    public void Lmo_is_not_more_useful_than_any_mixture_of_laplace_can_be(double epsilon, double g)
    {
        var law = ParametricSearch.Find(NoiseSearchFamily.Lmo, new SearchTarget(epsilon, 1e-10, 1, 1), Objective.Usefulness(g));
        var pure = law.MaximumPrivacyLoss(1);
        double Largest(double price) => Enumerable.Range(0, 4000).Select(i => 1e-3 * Math.Exp(i * 0.004))
            .Max(u => 1 - Math.Exp(-g * u) - price * u * (1 - Math.Exp(pure - u)));
        var bound = Enumerable.Range(0, 2000).Min(i => Largest(1e-4 * Math.Exp(i * 0.005)));

        Assert.True(law.Usefulness(g) <= bound + 1e-6);
        // Gamma, Exponential and Uniform parts are not all laws of U: two points are, and are best.
        Assert.True(law.Usefulness(g) >= 0.85 * bound);
    }

    [Fact]
    public void Culture_and_threads_change_no_bit()
    {
        var target = new SearchTarget(2, 1e-8, 0.1, 5);
        string Found() => ParametricSearch.Lattice(NoiseSearchFamily.Lmo, target, Objective.Usefulness(0.1), 32).Lattice.Law.ToString();
        var alone = Found();
        var others = new string[2];
        var threads = others.Select((_, i) => new Thread(() => others[i] = Found()) { CurrentCulture = CultureInfo.GetCultureInfo("de-DE") }).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.All(others, other => Assert.Equal(alone, other));
    }

    [Fact]
    public void A_target_that_needs_no_noise_is_bad_input()
    {
        var refused = Assert.Throws<BadInputException>(() => ParametricSearch.Find(NoiseSearchFamily.Laplace, new SearchTarget(1, 1e-3, 1e-4, 1), Objective.StandardDeviation));

        Assert.Contains("every scale", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Free_is_not_a_family_of_few_parameters() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ParametricSearch.Find(NoiseSearchFamily.Free, new SearchTarget(1, 1e-5, 1, 1), Objective.StandardDeviation));

    [Theory]
    [InlineData("Lmo")]
    [InlineData("lmo ")]
    [InlineData("")]
    [InlineData("cauchy")]
    [InlineData("0")]
    public void Other_family_names_are_bad_input(string name)
    {
        var refused = Assert.Throws<BadInputException>(() => NoiseSearchFamilies.Parse(name));

        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Family_names_round_trip() => Assert.All(Enum.GetValues<NoiseSearchFamily>(), family => Assert.Equal(family, NoiseSearchFamilies.Parse(family.Name())));
}

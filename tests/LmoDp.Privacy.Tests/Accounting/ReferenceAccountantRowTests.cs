using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.Brackets;
using static LmoDp.Privacy.Tests.Accounting.ReferenceRows;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The reference library's facts of whole accounts: calibrated noise, advanced composition, the Gaussian mechanism.</summary>
public class ReferenceAccountantRowTests
{
    private const string Unstated = "parameters are in the test's body, not in the row";
    private const string Internals = "arithmetic inside the library";

    [Fact]
    public void Accountants() => Run("unittest_accountant_test.json", 17, new()
    {
        ["test_advanced_composition"] = row => Advanced(row, row["epsilon"], row["total_delta"], row.Or("expected_total_epsilon", double.PositiveInfinity)),
        // The largest epsilon of one query whose composition stays within the total; the library's totals are multiples of it.
        ["test_get_smallest_epsilon_from_advanced_composition"] = row => row.Has("expected_epsilon")
            ? Advanced(row, row["expected_epsilon"] - row.Tolerance, row["total_delta"], row["total_epsilon"], withinOneStep: false)
            : Advanced(row, 1e-6, row["total_delta"], double.PositiveInfinity),
        ["test_get_smallest_gaussian_noise"] = row => SmallestNoise(row, "gaussian", row["expected_std"], row.Tolerance),
        // The library's own pessimistic grid shows here: with its noise the exact delta of the first row is 9.9999885e-6 (closed form), and the exact noise is 5.4e-8 smaller.
        ["test_get_smallest_subsampled_gaussian_noise"] = row => SmallestNoise(row, "gaussian", row["expected_std"], row.Tolerance, excess: 2e-6),
        ["test_get_smallest_laplace_noise"] = row => SmallestNoise(row, "laplace", row["expected_parameter"], row.Tolerance),
        ["test_get_smallest_discrete_laplace_noise"] = row => SmallestNoise(row, "discrete_laplace", row["expected_parameter"], -row.Tolerance),
    }, []);

    /// <summary>The expected noise is right to its tolerance: with a little more the target is met, with a little less it is not.</summary>
    /// <param name="row">The row.</param>
    /// <param name="kind">Kind of noise.</param>
    /// <param name="expected">Expected parameter.</param>
    /// <param name="tolerance">Its tolerance, towards more noise.</param>
    /// <param name="excess">Part of it that the library is known to add needlessly.</param>
    private static string? SmallestNoise(ReferenceRow row, string kind, double expected, double tolerance, double excess = 0)
    {
        Bounds At(double parameter) => PldAccountant.Epsilon(
            Scalar(ReferencePair.Law(kind, parameter, row["sensitivity"]), row.Or("sampling_prob", 1), (long)row["num_queries"]), row["delta"], Math.Clamp(Math.Abs(tolerance) / expected, 1e-7, 1e-4));
        var (enough, tooLittle) = (At(expected + tolerance), At(expected * (1 - excess) - tolerance));
        Assert.True(enough.Lower <= row["epsilon"] * (1 + 1e-12), $"{row}: {enough} with more noise than expected");
        Assert.True(tooLittle.Upper >= row["epsilon"] * (1 - 1e-12), $"{row}: {tooLittle} with less noise than expected");
        return null;
    }

    /// <summary>
    /// The composition of (epsilon, delta)-private queries (Kairouz, Oh, Viswanath 2015): each one dominated by an infinite loss with probability delta and else losses of +-epsilon. The library's totals are
    /// the theorem's, whole multiples of epsilon apart by 2: at the total the delta is small enough, two epsilons below it is too large.
    /// </summary>
    private static string? Advanced(ReferenceRow row, double epsilon, double totalDelta, double total, bool withinOneStep = true)
    {
        var (delta, queries) = (row["delta"], (long)row["num_queries"]);
        if (double.IsInfinity(total))
            return "infinite losses alone are likelier than delta: nothing of ours to compare";
        if (total >= queries * epsilon * (1 - 1e-12) && delta == 0)
            Assert.True(totalDelta == 0 && Composed(epsilon, delta, queries, queries * epsilon * (1 + 1e-9)).Upper == 0, $"{row}");
        else
            Assert.True(Composed(epsilon, delta, queries, total).Lower <= totalDelta, $"{row}: {Composed(epsilon, delta, queries, total)}");
        if (withinOneStep)
            Assert.True(Composed(epsilon, delta, queries, total - 2 * epsilon).Upper > totalDelta, $"{row}");
        return null;
    }

    /// <summary>delta of a composition of queries that are known by epsilon and delta.</summary>
    internal static Bounds Composed(double epsilon, double delta, long queries, double total)
    {
        // Beside the infinite losses: P puts e^epsilon / (1 + e^epsilon) on the loss epsilon; by reflection that says all.
        var finite = new AdjacencyAccount([(new SubsampledLoss(new AtomicPair([new LossAtom(epsilon, 1 / (1 + Math.Exp(-epsilon)))], 0), 1), queries)], Adjacency.Remove).Delta(total, new Resolution(1e-6, 1e-6, 20));
        var kept = Math.Pow(1 - delta, queries);
        return new Bounds(1 - kept + kept * finite.Upper, 1 - kept + kept * finite.Lower);
    }

    [Fact]
    public void Gaussian_mechanism() => Run("unittest_gaussian_mechanism_test.json", 97, new()
    {
        ["test_get_epsilon_gaussian_pld"] = row =>
        {
            var bounds = PldAccountant.Epsilon(Scalar(new GaussianLaw(row["sigma"]), 1, 1), row["delta"]);
            Holds(bounds, row.Check(0).First, 1e-9, $"{row}", 1e-9);
            // The library's grid is pessimistic.
            Assert.True(bounds.Lower <= row.Check(0).Second, $"{row}");
            return null;
        },
        ["test_get_epsilon_gaussian_inverts_get_sigma_gaussian"] = row =>
        {
            var release = new ScalarRelease(new GaussianLaw(1));
            if (row["delta"] is 0 or 1)
            {
                // No noise is enough, or any is; the library says 0 in both cases.
                Assert.Throws<BadInputException>(() => Calibration.Calibrate(release, row["eps"], row["delta"], 1, 1));
                return null;
            }
            // One step's lower bound ends where e^epsilon does.
            if (row["eps"] > 709)
                return "epsilon beyond 709: the upper bound is looser there than the row's tolerance";
            var std = Calibration.Calibrate(release, row["eps"], row["delta"], 1, 1).Noise.StandardDeviation;
            Assert.True(PldAccountant.Epsilon(Scalar(new GaussianLaw(std), 1, 1), row["delta"]).Upper <= row["eps"] * (1 + 1e-15), $"{row}: too little noise");
            Assert.True(PldAccountant.Epsilon(Scalar(new GaussianLaw(std * (1 - 2e-6)), 1, 1), row["delta"]).Lower >= row["eps"], $"{row}: too much noise");
            return null;
        },
        ["test_get_sigma_gaussian_inverts_get_epsilon_gaussian"] = row =>
        {
            var bounds = PldAccountant.Epsilon(Scalar(new GaussianLaw(row["sigma"]), 1, 1), row["delta"]);
            if (row["delta"] == 0)
                Assert.Equal(Bounds.Exactly(double.PositiveInfinity), bounds);
            else if (row.Check(0).Compare == "assertLessEqual")
                Assert.Equal(0, bounds.Upper);
            else
                Close.Relative(row["sigma"], Calibration.Calibrate(new ScalarRelease(new GaussianLaw(1)), bounds.Upper, row["delta"], 1, 1).Noise.StandardDeviation, 2e-6, $"{row}");
            return null;
        },
    }, []);

    [Fact]
    public void Parameters_of_the_common_file() => Run("unittest_common_test.json", 3, new()
    {
        ["test_epsilon_delta_value_errors"] = row =>
        {
            Assert.Throws<BadInputException>(() => (PrivacyParameters.Epsilon(row["epsilon"]), PrivacyParameters.Delta(row["delta"])));
            return null;
        },
    }, new()
    {
        ["test_compute_self_convolve_bounds"] = Internals,
        ["test_compute_self_convolve_with_too_small_truncation"] = Internals,
        ["test_compute_self_convolve_with_truncation"] = Internals,
        ["test_self_convolve_basic"] = Internals,
        ["test_list_to_dict_truncation"] = Internals,
        ["test_asinh_exp"] = Internals,
        ["test_log_a_times_exp_b_plus_c"] = Internals,
        ["test_log_sinh"] = Internals,
    });

    [Fact]
    public void Loss_distribution_accountant()
    {
        var relations = "which events the library supports";
        var response = "randomised response: not offered";
        Run("unittest_pld_privacy_accountant_test.json", 5, new()
        {
            ["test_poisson_subsampling_with_zero_probability"] = row => NeverSampled(row),
            ["test_no_events"] = _ => Nothing(),
            ["test_no_op"] = _ => Nothing(),
            ["test_epsilon_delta_noop"] = _ => Nothing(),
        }, new()
        {
            ["test_additive_noise_mechanisms_with_zero_noise_multiplier"] = "no noise: bad input here",
            ["test_composition_errors_for_neighboring_relation"] = relations,
            ["test_contains_non_dp_event"] = relations,
            ["test_discrete_laplace_basic"] = Unstated,
            ["test_epsilon_basic"] = Unstated,
            ["test_epsilon_delta_basic"] = Unstated,
            ["test_exponential_mechanism_basic"] = "exponential mechanism: not offered",
            ["test_gaussian_basic"] = Unstated,
            ["test_laplace_basic"] = Unstated,
            ["test_mixture_of_gaussians_basic"] = Unstated,
            ["test_non_positive_composition_value_error"] = Unstated,
            ["test_non_private"] = relations,
            ["test_permute_and_flip_matches_laplace"] = "permute and flip: not offered",
            ["test_poisson_subsampled_gaussian"] = Unstated,
            ["test_poisson_subsampled_laplace"] = Unstated,
            ["test_randomized_response"] = response,
            ["test_randomized_response_with_single_bucket"] = response,
            ["test_randomized_response_with_zero_noise_parameter"] = response,
            ["test_self_composed_subsampled_gaussian"] = Unstated,
            ["test_supports_gaussian"] = relations,
            ["test_supports_randomized_response"] = relations,
            ["test_supports_subsampled_gaussian_and_rr_composition"] = relations,
            ["test_truncated_subsampled_gaussian_basic"] = "truncated batches: not offered",
        });
    }

    /// <summary>What is never sampled costs nothing, by either accountant.</summary>
    internal static string? NeverSampled(ReferenceRow row)
    {
        var outer = row.Inputs.GetProperty("event");
        if (outer.GetProperty("type").GetString() != "PoissonSampledDpEvent")
            return "a mixture of several sensitivities: not offered";
        var inner = outer.GetProperty("event");
        var noise = inner.GetProperty("noise_multiplier").GetDouble();
        if (noise == 0)
            return "no noise: bad input here";
        var composition = Scalar(inner.GetProperty("type").GetString() == "GaussianDpEvent" ? new GaussianLaw(noise) : new LaplaceLaw(noise), outer.GetProperty("sampling_probability").GetDouble(), 1);
        Free(composition);
        return null;
    }

    internal static string? Nothing()
    {
        Free(new Composition());
        return null;
    }

    private static void Free(Composition composition)
    {
        foreach (var argument in new[] { 1e-12, 0.1, 1 })
        {
            Assert.Equal(0, PldAccountant.Epsilon(composition, argument).Upper);
            Assert.Equal(0, PldAccountant.Delta(composition, argument).Upper);
            Assert.Equal(0, RenyiAccountant.Epsilon(composition, argument).Epsilon);
            Assert.Equal(0, RenyiAccountant.Delta(composition, argument).Delta);
        }
    }
}

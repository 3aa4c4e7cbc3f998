using LmoDp.Privacy.Accounting;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.ReferenceRows;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The reference library's facts of single mechanisms: losses, their inverses and tails, distribution functions, deltas, noise for a target.</summary>
public class ReferenceMechanismRowTests
{
    private const string Replaced = "replace-one adjacency: not offered";
    private const string SeveralSensitivities = "a mixture of several sensitivities: not offered";
    private const string Bounded = "discrete Gaussian cut to finitely many outputs: a lattice law has none of weight 0";
    private const string Search = "the interval that the library searches or truncates: a setting of its own";
    private const string Unstated = "parameters are in the test's body, not in the row";

    [Fact]
    public void Privacy_loss_mechanisms()
    {
        var checks = new Dictionary<string, Func<ReferenceRow, string?>>();
        foreach (var kind in new[] { "gaussian", "laplace", "discrete_laplace" })
        {
            checks[$"test_{kind}_privacy_loss"] = row => WithPair(kind, row, pair => Near(row["expected_privacy_loss"], pair.Loss(row["x"] / Sensitivity(row)), Float(row["expected_privacy_loss"]), $"{row}"));
            checks[$"test_{kind}_get_delta_for_epsilon"] = row => WithPair(kind, row, pair => DeltaIs(row, pair, row["epsilon"], row["expected_delta"]));
            checks[$"test_{kind}_get_delta_for_epsilon_vectorized"] = row => WithPair(kind, row, pair =>
            {
                foreach (var (epsilon, delta) in row.Numbers("epsilon_values").Zip(row.Numbers("expected_delta_values")))
                    DeltaIs(row, pair, epsilon, delta);
            });
            checks[$"test_{kind}_from_privacy_parameters"] = row => Calibrated(kind, row);
            checks[$"test_{kind}_value_errors"] = row => Refused(kind, row);
            checks[$"test_{kind}_privacy_loss_tail"] = row => WithPair(kind, row, pair => Tail(row, pair));
        }
        foreach (var (type, kind) in new[] { ("GaussianPrivacyLossTest", "gaussian"), ("LaplacePrivacyLossTest", "laplace"), ("DiscreteLaplacePrivacyLossDistributionTest", "discrete_laplace"), ("MixtureGaussianPrivacyLossTest", "gaussian") })
        {
            checks[$"{type}.test_mu_upper_cdf"] = row => WithPair(kind, row, pair =>
            {
                foreach (var (x, expected) in row.Numbers("x").Zip(row.Numbers("expected_mu_upper_cdf")))
                    Near(expected, pair.FirstCdf(x / Sensitivity(row)), 5e-8, $"{row} at {x}");
            });
            checks[$"{type}.test_mu_lower_log_cdf"] = row => WithPair(kind, row, pair =>
            {
                foreach (var (x, expected) in row.Numbers("x").Zip(row.Numbers("expected_mu_lower_log_cdf")))
                    Near(expected, pair.SecondLogCdf(x / Sensitivity(row)), 5e-8, $"{row} at {x}");
            });
        }
        foreach (var kind in new[] { "gaussian", "laplace" })
            checks[$"test_{kind}_inverse_privacy_loss"] = row => WithPair(kind, row, pair =>
            {
                // The outputs of slightly larger and smaller losses: at an atom of the loss the answer jumps, and the row's loss is a rounded number.
                var (below, above) = (Sensitivity(row) * pair.Output(row["privacy_loss"] + 1e-9), Sensitivity(row) * pair.Output(row["privacy_loss"] - 1e-9));
                Assert.True(row["expected_x"] >= below - 1e-7 && row["expected_x"] <= above + 1e-7, FormattableString.Invariant($"{row}: {below:R} to {above:R}"));
            });
        checks["MixtureGaussianPrivacyLossTest.test_privacy_loss"] = checks["test_gaussian_privacy_loss"];
        checks["MixtureGaussianPrivacyLossTest.test_get_delta_for_epsilon"] = checks["test_gaussian_get_delta_for_epsilon"];
        Run("unittest_privacy_loss_mechanism_test.json", 377, checks, new()
        {
            ["test_discrete_gaussian_connect_dots_bounds"] = Search,
            ["test_discrete_laplace_connect_dots_bounds"] = Search,
            ["test_gaussian_connect_dots_bounds"] = Search,
            ["test_laplace_connect_dots_bounds"] = Search,
            ["test_connect_dots_bounds"] = Search,
            ["test_discrete_gaussian_from_privacy_parameters"] = Bounded,
            ["test_discrete_gaussian_from_privacy_parameters_value_errors"] = Bounded,
            ["test_discrete_gaussian_get_delta_for_epsilon"] = Bounded,
            ["test_discrete_gaussian_get_delta_for_epsilon_vectorized"] = Bounded,
            ["test_discrete_gaussian_inverse_privacy_loss"] = Bounded,
            ["test_discrete_gaussian_noise_cdf"] = Bounded,
            ["test_discrete_gaussian_privacy_loss"] = Bounded,
            ["test_discrete_gaussian_privacy_loss_tail"] = Bounded,
            ["test_discrete_gaussian_privacy_loss_value_errors"] = Bounded,
            ["test_discrete_gaussian_std"] = Bounded,
            ["test_discrete_gaussian_value_errors"] = Bounded,
            ["DiscreteGaussianPrivacyLossTest.test_mu_upper_cdf"] = Bounded,
            ["DiscreteGaussianPrivacyLossTest.test_mu_lower_log_cdf"] = Bounded,
            ["test_discrete_laplace_inverse_privacy_loss"] = "an output for a loss between those of a lattice: not asked of a lattice law",
            ["test_discrete_laplace_privacy_loss_value_errors"] = "an output between lattice points: not asked of a lattice law",
            ["test_gaussian_from_privacy_parameters_value_errors"] = Unstated,
            ["test_laplace_from_privacy_parameters_value_errors"] = Unstated,
            ["test_discrete_laplace_from_privacy_parameters_value_errors"] = Unstated,
            ["test_init_raises_error"] = SeveralSensitivities,
            ["test_inverse_privacy_losses"] = Unstated,
            ["test_privacy_loss_tail"] = Unstated,
            ["test_replace_adjacency_type_not_supported"] = Replaced,
            ["test_zero_sampling_probs_ignored"] = Unstated,
        });
    }

    private static double Sensitivity(ReferenceRow row) => row.Has("sensitivities") ? row.Numbers("sensitivities").Max() : row["sensitivity"];

    /// <summary>7 decimal places, of values that are computed in doubles.</summary>
    private static double Float(double value) => 5e-8 + 1e-12 * Math.Abs(value);

    private static string? WithPair(string kind, ReferenceRow row, Action<ReferencePair> check)
    {
        if (row.Text("adjacency_type") == "REPLACE")
            return Replaced;
        var rate = row.Or("sampling_prob", 1);
        if (row.Has("sensitivities"))
        {
            var positive = row.Numbers("sensitivities").Zip(row.Numbers("sampling_probs")).Where(part => part.First > 0 && part.Second > 0).ToArray();
            if (positive.Select(part => part.First).Distinct().Count() != 1)
                return SeveralSensitivities;
            rate = positive.Sum(part => part.Second);
        }
        check(new ReferencePair(ReferencePair.Law(kind, row.Has("parameter") ? row["parameter"] : row["standard_deviation"], Sensitivity(row)), Math.Min(rate, 1), Direction(row)));
        return null;
    }

    private static Adjacency Direction(ReferenceRow row) => row.Text("adjacency_type") == "ADD" ? Adjacency.Add : Adjacency.Remove;

    private static void DeltaIs(ReferenceRow row, ReferencePair pair, double epsilon, double expected)
    {
        var bounds = pair.Delta(epsilon);
        Assert.True(bounds.Lower <= expected + row.Tolerance && bounds.Upper >= expected - row.Tolerance, FormattableString.Invariant($"{row}: {bounds} at {epsilon}, expected {expected:R}"));
    }

    private static void Tail(ReferenceRow row, ReferencePair pair)
    {
        // On a lattice the outputs beyond an end begin one step farther out.
        var step = row.Test.Contains("discrete", StringComparison.Ordinal) ? 1 / Sensitivity(row) : 0;
        var (lower, upper) = (row["expected_lower_x_truncation"] / Sensitivity(row) - step, row["expected_upper_x_truncation"] / Sensitivity(row) + step);
        foreach (var (loss, mass) in row.Map("expected_tail_probability_mass_function"))
        {
            // Outputs below carry the large losses; the library calls them infinite, or (optimistically) those at the end.
            var atLower = double.IsPositiveInfinity(loss) || Math.Abs(loss - pair.Loss(lower)) < 5e-6;
            if (!atLower && double.IsFinite(loss))
                Near(loss, pair.Loss(upper), 5e-6, $"{row} loss");
            Near(mass, atLower ? pair.FirstCdf(lower) : pair.FirstSurvival(upper - step / 2), 5e-8, $"{row} mass at {loss}");
        }
    }

    /// <summary>The expected parameter is right to its tolerance: a little more noise meets the target, a little less does not.</summary>
    private static string? Calibrated(string kind, ReferenceRow row)
    {
        if (row.Text("adjacency_type") == "REPLACE")
            return Replaced;
        if (kind == "gaussian")
        {
            ReferencePair At(double std) => new(ReferencePair.Law(kind, std, row["sensitivity"]), row["sampling_prob"], Direction(row));
            var expected = row["expected_standard_deviation"];
            Assert.True(At(expected + row.Tolerance).Delta(row["epsilon"]).Upper <= row["delta"], $"{row}: too little noise");
            Assert.True(At(expected - row.Tolerance).Delta(row["epsilon"]).Lower >= row["delta"], $"{row}: too much noise");
            return null;
        }
        // Laplace: the library's parameter is that of pure privacy, for removal, whatever delta and direction.
        double Pure(double parameter) => new ReferencePair(ReferencePair.Law(kind, parameter, row["sensitivity"]), row["sampling_prob"], Adjacency.Remove).Maximum;
        var (one, other) = (Pure(row["expected_parameter"] - row.Tolerance), Pure(row["expected_parameter"] + row.Tolerance));
        Assert.InRange(row["epsilon"], Math.Min(one, other), Math.Max(one, other));
        return null;
    }

    private static string? Refused(string kind, ReferenceRow row)
    {
        if (row.Has("log_mass_truncation_bound"))
            return Search;
        var (rate, sensitivity) = (row.Or("sampling_prob", 1), row.Or("sensitivity", 1));
        if (rate == 0)
            return "sampling rate 0: allowed here, and free";
        if (kind == "discrete_laplace" && row.Has("sensitivity") && row.Inputs.GetProperty("sensitivity").GetRawText().Contains('.', StringComparison.Ordinal))
            return "a sensitivity between lattice points: a lattice law's is a whole number by its type";
        Assert.Throws<BadInputException>(() => new ReleaseGroup(new ScalarRelease(ReferencePair.Law(kind, row.Has("parameter") ? row["parameter"] : row["standard_deviation"], sensitivity)), rate, 1));
        return null;
    }
}

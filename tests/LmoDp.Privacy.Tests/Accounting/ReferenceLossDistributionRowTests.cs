using LmoDp.Privacy.Accounting;
using Xunit;
using static LmoDp.Privacy.Tests.Accounting.ReferenceRows;

namespace LmoDp.Privacy.Tests.Accounting;

/// <summary>The reference library's facts of privacy loss distributions: masses rounded up and down to a grid, and connected dots.</summary>
public class ReferenceLossDistributionRowTests
{
    private const string Unstated = "parameters are in the test's body, not in the row";
    private const string Bounded = "discrete Gaussian cut to finitely many outputs: a lattice law has none of weight 0";
    private const string Response = "randomised response: not offered";
    private const string Truncated = "truncated batches: not offered";
    private const string NoInterior = "no mass of the row is free of the library's truncation";

    private enum Rounding
    {
        Up,
        Down,
        Dots,
    }

    [Fact]
    public void Privacy_loss_distributions()
    {
        var checks = new Dictionary<string, Func<ReferenceRow, string?>>();
        foreach (var (kind, parameters) in new[] { ("gaussian", "standard_deviation"), ("laplace", "parameter"), ("discrete_laplace", "parameter") })
        {
            foreach (var (suffix, rounding) in new[] { ("", Rounding.Up), ("_optimistic", Rounding.Down), ("_connect_dots", Rounding.Dots) })
                checks[$"test_{kind}_varying_{parameters}_and_sensitivity{suffix}"] = row => Masses(kind, row, rounding);
            checks[$"test_{kind}_value_errors"] = row => Refused(kind, row);
        }
        Run("unittest_privacy_loss_distribution_test.json", 88, checks, new()
        {
            ["test_composition"] = Unstated,
            ["test_composition_asymmetric_with_symmetric"] = Unstated,
            ["test_hockey_stick_unequal_support"] = Unstated,
            ["test_self_composition"] = Unstated,
            ["test_compute_mixture"] = Unstated,
            ["test_gaussian_discretization"] = Unstated,
            ["test_gaussian_discretization_connect_dots"] = Unstated,
            ["test_gaussian_gdp"] = Unstated,
            ["test_gaussian_tpr_at_extreme_fpr"] = Unstated,
            ["test_identity"] = Unstated,
            ["test_laplace_discretization"] = Unstated,
            ["test_laplace_discretization_connect_dots"] = Unstated,
            ["test_discrete_laplace_discretization"] = Unstated,
            ["test_discrete_laplace_discretization_connect_dots"] = Unstated,
            ["test_discrete_gaussian_truncation"] = Bounded,
            ["test_discrete_gaussian_value_errors"] = Bounded,
            ["test_discrete_gaussian_varying_sigma_and_sensitivity"] = Bounded,
            ["test_discrete_gaussian_varying_sigma_and_sensitivity_connect_dots"] = Bounded,
            ["test_discrete_gaussian_varying_sigma_and_sensitivity_optimistic"] = Bounded,
            ["test_mixture_gaussian_discretization_connect_dots"] = Unstated,
            ["test_mixture_gaussian_discretization"] = Unstated,
            ["test_mixture_gaussian_value_errors"] = "a mixture of several sensitivities: not offered",
            ["test_mixture_gaussian_varying_standard_deviation_and_sensitivity"] = "a mixture of several sensitivities: not offered",
            ["test_mixture_gaussian_varying_standard_deviation_and_sensitivity_connect_dots"] = "a mixture of several sensitivities: not offered",
            ["test_from_two_probability_mass_functions"] = "pairs of arbitrary mass functions: not offered",
            ["test_randomized_response_discretization"] = Response,
            ["test_randomized_response_mu"] = Response,
            ["test_randomized_response_optimistic"] = Response,
            ["test_randomized_response_pessimistic"] = Response,
            ["test_randomized_response_tpr"] = Response,
            ["test_randomized_response_tpr_at_extreme_fprs"] = Response,
            ["test_randomized_response_value_errors"] = Response,
            ["test_truncated_gaussian_value_errors"] = Truncated,
            ["test_truncated_gaussian_varying_dataset_size"] = Truncated,
            ["test_truncated_gaussian_varying_dataset_size_connect_dots"] = Truncated,
        });
    }

    private static string? Masses(string kind, ReferenceRow row, Rounding rounding)
    {
        if (row.Has("neighbor_rel") && row.Text("neighbor_rel") != "ADD_OR_REMOVE_ONE")
            return "replace-one adjacency: not offered";
        var checkedMasses = 0;
        foreach (var (name, adjacency) in new[] { ("expected_rounded_pmf_add", Adjacency.Add), ("expected_rounded_pmf_remove", Adjacency.Remove) })
        {
            if (!row.Has(name))
                continue;
            var parameter = row.Has("parameter") ? row["parameter"] : row["standard_deviation"];
            var pair = new ReferencePair(ReferencePair.Law(kind, parameter, row["sensitivity"]), row["sampling_prob"], adjacency);
            var masses = row.Map(name).OrderBy(mass => mass.Key).ToArray();
            var interval = row.Or("value_discretization_interval", 1);
            var (first, last) = ((long)masses[0].Key, (long)masses[^1].Key);
            var dots = rounding == Rounding.Dots ? pair.Dots(interval, first, last) : [];
            // Laplace losses are bounded, so all mass is there; a Gaussian's ends are what the library's truncation makes of them.
            var (from, to) = kind == "gaussian" ? (first + 1, last - 1) : (first, last);
            for (var k = from; k <= to; k++)
            {
                // Atoms lie on the grid: a hair above for rounding up, below for rounding down, and with dots in between.
                var computed = rounding switch
                {
                    Rounding.Up => pair.Mass(interval * (k - 1) + 1e-9, interval * k + 1e-9),
                    Rounding.Down => pair.Mass(interval * k - 1e-9, interval * (k + 1) - 1e-9),
                    _ => dots[k - first],
                };
                Near(masses.FirstOrDefault(mass => mass.Key == k).Value, computed, 5e-8, $"{row} {name} at {k}");
                checkedMasses++;
            }
        }
        return checkedMasses == 0 ? NoInterior : null;
    }

    private static string? Refused(string kind, ReferenceRow row)
    {
        var (rate, sensitivity) = (row.Or("sampling_prob", 1), row.Or("sensitivity", 1));
        if (rate == 0)
            return "sampling rate 0: allowed here, and free";
        if (kind == "discrete_laplace" && row.Has("sensitivity") && row.Inputs.GetProperty("sensitivity").GetRawText().Contains('.', StringComparison.Ordinal))
            return "a sensitivity between lattice points: a lattice law's is a whole number by its type";
        Assert.Throws<BadInputException>(() => new ReleaseGroup(new ScalarRelease(ReferencePair.Law(kind, row.Has("parameter") ? row["parameter"] : row["standard_deviation"], sensitivity)), rate, 1));
        return null;
    }
}

using System.Text.Json;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Published;
using LmoDp.Tests;
using Xunit;

namespace LmoDp.Privacy.Tests.Published;

public class PublishedAccountTests
{
    private const double Delta = 1e-10;
    private static readonly Lazy<IReadOnlyList<PublishedAccount>> All = new(() => [.. PublishedParameters.All.Select(set => PublishedAccount.Of(set, Delta))]);

    /// <summary>The counts that docs/published-parameters.md states.</summary>
    [Fact]
    public void Of_31_sets_29_exceed_what_their_search_reports_and_26_the_name()
    {
        Assert.Equal(29, All.Value.Count(set => set.ExceedsReported));
        Assert.Equal(26, All.Value.Count(set => set.ExceedsName));
        // None of the others is undecided.
        Assert.All(All.Value, set => Assert.True(set.ExceedsReported || set.Scale.Epsilon.Upper <= set.Reported.Epsilon));
        Assert.All(All.Value, set => Assert.True(set.ExceedsName || set.Scale.Epsilon.Upper <= set.Parameters.ClaimedEpsilons[^1]));
    }

    [Fact]
    public void The_reported_epsilon_rests_on_an_order_at_which_the_bound_does_not_exist()
    {
        foreach (var set in All.Value)
        {
            var (law, order) = (set.Parameters.Law(ExponentialReading.Rate), set.Reported.Order);
            Assert.True(set.Parameters.A1 * set.Parameters.Theta * (order - 1) > 1);
            Assert.Equal(double.PositiveInfinity, law.MomentRenyiBound(order));
        }
    }

    [Fact]
    public void The_exact_epsilon_is_below_what_the_bound_proves_on_valid_orders()
    {
        foreach (var reading in All.Value.SelectMany(set => new[] { set.Rate, set.Scale }))
        {
            Assert.True(reading.Epsilon.Lower <= reading.Epsilon.Upper && reading.Epsilon.Upper <= reading.PureEpsilon * (1 + 1e-12));
            Assert.True(reading.Epsilon.Upper <= reading.FormulaAtRealOrders.Epsilon);
            if (reading.Formula is { } whole)
                Assert.True(reading.FormulaAtRealOrders.Epsilon <= whole.Epsilon * (1 + 1e-8));
            Assert.True(reading.Epsilon.RelativeWidth < 1e-8);
        }
    }

    /// <summary>The best real order by a fine scan that knows nothing of the search for it.</summary>
    [Fact]
    public void The_best_real_order_is_found()
    {
        foreach (var law in PublishedParameters.All.Select(set => set.Law(ExponentialReading.Scale)).Where((_, i) => i % 5 == 0))
        {
            var least = Enumerable.Range(1, 40000).Select(i => Math.Pow(1.0003, i) * 1e-3).TakeWhile(less1 => less1 < 127)
                .Min(less1 => law.MomentRenyiBound(1 + less1) + Math.Log(less1 / (1 + less1)) + (-Math.Log(Delta) - Math.Log(1 + less1)) / less1);
            Close.Relative(least, MomentFormula.AtRealOrders(law, Delta).Epsilon, 1e-5, law.ToString());
        }
    }

    /// <summary>The last law's M(t) = 1/(1 - 2t) exists for t &lt; 1/2 only: at no whole order.</summary>
    [Fact]
    public void The_published_formula_is_the_paper_bound_where_that_exists()
    {
        // Every order up to 128 is valid for these, and they have each part once.
        LmoLaw[] laws =
        [
            new(new GammaComponent(0.005, 1, 1), null, null),
            new(null, new ExponentialComponent(0.01, 2), new UniformComponent(0.02, 1, 3)),
            new(new GammaComponent(0.001, 1.5, 2), null, new UniformComponent(0.1, 1, 1)),
        ];
        foreach (var law in laws)
        {
            var (published, valid) = (MomentFormula.AsPublished(law, Delta), MomentFormula.AtValidOrders(law, Delta)!.Value);
            Assert.Equal(valid.Order, published.Order);
            Close.Relative(valid.Epsilon, published.Epsilon, 1e-10, law.ToString());
        }
        Assert.Null(MomentFormula.AtValidOrders(new LmoLaw(new GammaComponent(2, 1, 1), null, null), Delta));
    }

    [Fact]
    public void What_the_authors_code_reports_is_reproduced()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Require("goldens", "accounting", "lmo_authors_accounting.json")));
        var accounts = All.Value.SelectMany(account => account.Parameters.Files.Select(file => (file, account))).ToDictionary(at => (at.file.Repository, at.file.Path), at => at.account);
        foreach (var row in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            var account = accounts[(row.GetProperty("repo").GetString()!, row.GetProperty("file").GetString()!)];
            Assert.Equal(Delta, row.GetProperty("delta").GetDouble());
            Close.Relative(row.GetProperty("epsilon").GetDouble(), account.Reported.Epsilon, 1e-9);
            Assert.Equal(row.GetProperty("optimal_order").GetDouble(), account.Reported.Order);
            Close.Relative(row.GetProperty("gaussian_sigma_compared_with").GetDouble(), account.ReportedMultiplier, 1e-9);
            Same(row, "rate", account.Rate);
            Same(row, "scale", account.Scale);
        }
    }

    [Fact]
    public void The_exact_figures_are_those_of_the_reference_data()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Require("goldens", "accounting", "lmo_exact.json")));
        var accounts = All.Value.SelectMany(account => account.Parameters.Files.Select(file => (file, account))).ToDictionary(at => $"{at.file.Repository}:{at.file.Path}", at => at.account);
        foreach (var row in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            var account = accounts[row.GetProperty("sources")[0].GetString()!];
            var reading = row.GetProperty("exponential_reading").GetString() == "rate" ? account.Rate : account.Scale;
            Close.Relative(row.GetProperty("pure_dp_epsilon").GetDouble(), reading.PureEpsilon, 1e-9);
            Close.Relative(1 / Math.Sqrt(row.GetProperty("fisher_information").GetDouble()), reading.VectorMultiplier, 1e-9);
            Close.Relative(row.GetProperty("epsilon_for_delta").GetProperty("1e-10").GetDouble(), reading.Epsilon.Upper, 1e-6);
            Close.Relative(row.GetProperty("epsilon_for_delta").GetProperty("1e-10").GetDouble(), reading.Epsilon.Lower, 1e-6);
        }
    }

    private static void Same(JsonElement row, string reading, ReadingAccount account)
    {
        var expected = row.GetProperty($"epsilon_valid_orders_only_{reading}");
        Assert.Equal(expected.ValueKind == JsonValueKind.Number, account.Formula is not null);
        if (account.Formula is not { } formula)
            return;
        Close.Relative(expected.GetDouble(), formula.Epsilon, 1e-9);
        Assert.Equal(row.GetProperty($"order_valid_only_{reading}").GetDouble(), formula.Order);
    }
}

using System.Text.Json;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Sampling;
using LmoDp.Tests;
using Xunit;

namespace LmoDp.Privacy.Tests.Sampling;

/// <summary>
/// The published code draws its Exponential with mean E_lambda (numpy's scale) and accounts for it with mean 1/E_lambda. Both readings of every published parameter set, and real draws: those of the
/// sampler's law follow it, and fail against the accountant's.
/// </summary>
public class PublishedSamplerTests
{
    private const int Draws = 200_000, ManyDraws = 10_000_000;

    [Fact]
    public void Draws_of_the_published_sampler_fail_against_the_published_accountants_law() => Compare(Draws, every: 1);

    [Fact]
    [Trait("Category", "Soak")]
    public void Ten_million_draws_of_the_published_sampler_fail_against_the_published_accountants_law() => Compare(ManyDraws, every: 3);

    private static void Compare(int count, int every)
    {
        var sets = Published().Where((_, i) => i % every == 0).ToArray();
        var failures = 0;
        foreach (var (text, drawn, accounted) in sets)
        {
            using var random = AesCtrRandomSource.FromSeed(20261124, text);
            var draws = new double[count];
            drawn.Sample(random, draws);
            KolmogorovSmirnov.Accept(draws, drawn.Cdf, $"{text}, as sampled");
            var statistic = KolmogorovSmirnov.Statistic(draws, accounted.Cdf);
            // How far apart the two laws are, exactly, on a fine grid of quantiles: what the statistic must show, less what chance may take away.
            var distance = Enumerable.Range(1, 9999).Max(i => Math.Abs(drawn.Cdf(accounted.Quantile(i / 10_000.0)) - i / 10_000.0));
            Assert.True(statistic >= Math.Sqrt(count) * distance - KolmogorovSmirnov.Threshold, FormattableString.Invariant($"{text}: {statistic:F2}, distance {distance:E2}"));
            failures += statistic > KolmogorovSmirnov.Threshold ? 1 : 0;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{failures} of {sets.Length} published sets are told apart by {count} draws");
        // Sets without an Exponential, or with E_lambda 1, have one reading only and are not among them.
        Assert.Equal(sets.Length, failures);
    }

    /// <summary>Distinct parameter sets with an Exponential whose two readings differ, by the files' keys.</summary>
    private static IEnumerable<(string Text, NoiseLaw Drawn, NoiseLaw Accounted)> Published()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Require("goldens", "accounting", "lmo_authors_accounting.json")));
        var seen = new HashSet<string>();
        foreach (var row in document.RootElement.GetProperty("rows").EnumerateArray())
        {
            var parameters = row.GetProperty("parameters");
            double Of(string key) => parameters.GetProperty(key).GetDouble();
            if (Of("a3") == 0 || Of("E_lambda") == 1 || !seen.Add(parameters.GetRawText()))
                continue;
            LmoLaw Law(double rate) => new(
                new GammaComponent(Of("a1"), Of("G_k"), Of("G_theta")), new ExponentialComponent(Of("a3"), rate), new UniformComponent(Of("a4"), Of("U_a"), Of("U_b")));
            yield return (parameters.GetRawText(), Law(1 / Of("E_lambda")), Law(Of("E_lambda")));
        }
    }
}

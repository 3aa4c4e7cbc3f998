using System.Diagnostics;
using System.Globalization;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>The certificate on random targets: a law found meets its target, an independent computation agrees, and it is no worse than Gaussian or Laplace.</summary>
public class RandomTargetTests(ITestOutputHelper output)
{
    private const int InSoak = 100;

    /// <summary>Processor time of one search, where nothing else runs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Targets of the soak that take about a second.</summary>
    public static TheoryData<int> Cheap => [0, 3];

    [Theory]
    [MemberData(nameof(Cheap))]
    public void Fixed_few(int index) => CheckOne(Targets()[index]);

    [Fact]
    [Trait("Category", "Soak")]
    public async Task A_hundred()
    {
        var faults = new List<string>();
        foreach (var (target, objective) in Targets())
        {
            var clock = Stopwatch.StartNew();
            var name = Name(target, objective);
            var run = Task.Factory.StartNew(() => Record.Exception(() => CheckOne((target, objective)))?.Message.ReplaceLineEndings(" "), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            var verdict = await Task.WhenAny(run, Task.Delay(2 * Limit, TestContext.Current.CancellationToken)) == run ? await run : "does not end";
            output.WriteLine(FormattableString.Invariant($"{name}: {clock.Elapsed.TotalSeconds:F1} s {verdict}"));
            if (verdict is not null)
                faults.Add($"{name}: {verdict}");
            else if (clock.Elapsed > Limit)
                faults.Add(FormattableString.Invariant($"{name}: {clock.Elapsed.TotalSeconds:F1} s"));
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static void CheckOne((SearchTarget Target, Objective Objective) given)
    {
        var found = NoiseSearch.Find(NoiseSearchFamily.Free, given.Target, given.Objective);
        FoundLaws.Check(found);
        Assert.True(double.IsFinite(found.Gap!.Relative) && double.IsFinite(found.Gap.Bound), $"gap {found.Gap}");
        foreach (var other in new[] { found.Gaussian.Noise, found.Laplace.Noise })
        {
            // On a lattice a law has up to a twelfth of a squared step more variance.
            var value = given.Objective.Of(LatticeLaw.Rounded(other, found.Law.StepsPerSensitivity));
            Assert.False(given.Objective.Better(value, found.Value + ((given.Objective.LargerIsBetter ? 1e-3 : -1e-3) * found.Value)), FormattableString.Invariant($"{found.Value:R}, but {value:R} for {other}"));
        }
    }

    private static string Name(SearchTarget target, Objective objective) =>
        FormattableString.Invariant($"--epsilon {target.Epsilon:R} --delta {target.Delta:R} --sampling-rate {target.SamplingRate:R} --steps {target.Steps} --objective {objective.Name}");

    /// <summary>epsilon 0.05 to 10 and delta 1e-5 to 1e-15, log-uniform, to three digits; q 1 in two of five, else 0.001 to 0.5; T 1 to 10, 20, 100, 1000.</summary>
    private static (SearchTarget Target, Objective Objective)[] Targets()
    {
        var random = new Random(4);
        double Rounded(double value) => double.Parse(value.ToString("E2", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        long[] steps = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 100, 1000];
        return [.. Enumerable.Range(0, InSoak).Select(i =>
        {
            var epsilon = Rounded(0.05 * Math.Pow(200, random.NextDouble()));
            var delta = Rounded(Math.Pow(10, -5 - (10 * random.NextDouble())));
            var samplingRate = random.Next(5) < 2 ? 1 : Rounded(0.001 * Math.Pow(500, random.NextDouble()));
            var target = new SearchTarget(epsilon, delta, samplingRate, steps[random.Next(steps.Length)]);
            var objective = (i % 3) switch { 0 => Objective.StandardDeviation, 1 => Objective.MeanAbsolute, _ => Objective.Usefulness(Rounded(1 / epsilon)) };
            return (target, objective);
        })];
    }
}

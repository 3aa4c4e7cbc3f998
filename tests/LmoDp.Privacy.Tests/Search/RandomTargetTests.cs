using System.Diagnostics;
using System.Globalization;
using LmoDp.Privacy.Noise;
using LmoDp.Privacy.Search;
using Xunit;

namespace LmoDp.Privacy.Tests.Search;

/// <summary>
/// The certificate on random targets, each family in turn: a law found meets its target, an independent computation agrees, and it is no worse than the Gaussian or Laplace laws that its family holds.
/// </summary>
public class RandomTargetTests(ITestOutputHelper output)
{
    private const int InSoak = 200;

    /// <summary>Targets of the soak, of all families: a second or two each.</summary>
    public static TheoryData<int> Cheap => [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11];

    [Theory]
    [MemberData(nameof(Cheap))]
    public void Fixed_sample(int index) => CheckOne(Targets()[index]);

    [Fact]
    [Trait("Category", "Soak")]
    public async Task Two_hundred()
    {
        var faults = new List<string>();
        foreach (var given in Targets())
        {
            var (limit, name) = (Limit(given.Family), Name(given));
            var run = Task.Factory.StartNew(() => Timed(given), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            // The limit is of processor time; other tests may hold the processors.
            var (seconds, fault) = await Task.WhenAny(run, Task.Delay(10 * limit, TestContext.Current.CancellationToken)) == run ? await run : (double.NaN, "does not end");
            var verdict = fault ?? (seconds > limit.TotalSeconds ? "takes too long" : null);
            var line = FormattableString.Invariant($"{name}: {seconds:F1} s {verdict}");
            output.WriteLine(line);
            if (verdict is not null)
                faults.Add(line);
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>What issue 4 allows a search on one core.</summary>
    private static TimeSpan Limit(NoiseSearchFamily family) => TimeSpan.FromSeconds(family == NoiseSearchFamily.Free ? 30 : 10);

    private static (double Seconds, string? Fault) Timed(Given given)
    {
        var seconds = double.NaN;
        var fault = Record.Exception(() => seconds = CheckOne(given));
        return (seconds, fault?.Message.ReplaceLineEndings(" "));
    }

    /// <summary>Checks what the search finds.</summary>
    /// <returns>Seconds of processor time that the search took.</returns>
    private static double CheckOne(Given given)
    {
        var (family, target, objective) = given;
        var began = ProcessorSeconds();
        var found = NoiseSearch.Find(family, target, objective);
        var seconds = ProcessorSeconds() - began;
        FoundLaws.Check(found);
        if (found.Gap is { } gap)
            Assert.True(double.IsFinite(gap.Relative) && double.IsFinite(gap.Bound), $"gap {gap}");
        foreach (var member in Members(family, found))
        {
            // On a lattice a law has up to a twelfth of a squared step more variance.
            var value = objective.Of(LatticeLaw.Rounded(member, found.Law.StepsPerSensitivity));
            Assert.False(objective.Better(value, found.Value + ((objective.LargerIsBetter ? 1e-3 : -1e-3) * found.Value)), FormattableString.Invariant($"{found.Value:R}, but {value:R} for {member}"));
        }
        return seconds;
    }

    private static NoiseLaw[] Members(NoiseSearchFamily family, SearchedNoise found) => family switch
    {
        NoiseSearchFamily.Gaussian => [found.Gaussian.Noise],
        NoiseSearchFamily.Laplace or NoiseSearchFamily.Lmo => [found.Laplace.Noise],
        _ => [found.Gaussian.Noise, found.Laplace.Noise],
    };

    /// <summary>Of this thread, as Linux counts it; elsewhere of the clock.</summary>
    private static double ProcessorSeconds() => File.Exists(ThreadClock)
        ? 1e-9 * double.Parse(File.ReadAllText(ThreadClock).Split(' ')[0], CultureInfo.InvariantCulture)
        : (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;

    private const string ThreadClock = "/proc/thread-self/schedstat";

    private sealed record Given(NoiseSearchFamily Family, SearchTarget Target, Objective Objective);

    private static string Name(Given given) => FormattableString.Invariant(
        $"--family {given.Family.Name()} --epsilon {given.Target.Epsilon:R} --delta {given.Target.Delta:R} --sampling-rate {given.Target.SamplingRate:R} --steps {given.Target.Steps} --objective {given.Objective.Name}");

    /// <summary>epsilon 0.05 to 10 and delta 1e-5 to 1e-15, log-uniform, to three digits; q 1 in two of five, else 0.001 to 0.5; T 1 to 10, 20, 100, 1000.</summary>
    private static Given[] Targets()
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
            return new Given((NoiseSearchFamily)(i % 5), target, objective);
        })];
    }
}

using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using LmoDp.Privacy.Search;

/// <summary>
/// The noise search on the targets of its issue: every one in under 10 s on one core, family free in under 30 s. Run with
/// <c>dotnet run -c Release --project benchmarks/Accounting -- --filter '*Search*'</c>; a search is deterministic, so a few runs tell.
/// </summary>
[SimpleJob(RunStrategy.Monitoring, warmupCount: 1, iterationCount: 3)]
public class SearchBenchmarks
{
    /// <summary>epsilon, delta, q, T.</summary>
    public static IEnumerable<SearchTarget> Targets =>
    [
        new(0.3, 1e-10, 1, 1), new(0.3, 1e-10, 1, 2), new(0.3, 1e-10, 1, 10), new(0.3, 1e-10, 0.0304, 20), new(0.3, 1e-10, 0.0304, 192),
        new(3, 1e-10, 0.0304, 192), new(3, 1e-10, 0.01, 1000), new(1.619, 1e-6, 1, 10),
    ];

    /// <summary>What the noise must meet.</summary>
    [ParamsSource(nameof(Targets))]
    public SearchTarget Target { get; set; } = null!;

    /// <summary>Where to look.</summary>
    [Params(NoiseSearchFamily.Free, NoiseSearchFamily.GeneralisedGaussian, NoiseSearchFamily.Lmo)]
    public NoiseSearchFamily Family { get; set; }

    /// <summary>Smallest standard deviation.</summary>
    [Benchmark]
    public double Search() => NoiseSearch.Find(Family, Target, Objective.StandardDeviation).Value;
}

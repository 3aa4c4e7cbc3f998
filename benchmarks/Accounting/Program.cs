using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Running;
using LmoDp.Privacy.Accounting;
using LmoDp.Privacy.Noise;

BenchmarkSwitcher.FromAssembly(typeof(PldBenchmarks).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args);

/// <summary>
/// The PLD accountant on one core: the two anchors (dp_accounting at equal tightness: 0.25 s and 5.9 s), a calibration, a law whose loss is not monotone.
/// Run with <c>dotnet run -c Release --project benchmarks/Accounting</c>; pin it to a core (<c>taskset -c 0</c>) to compare.
/// </summary>
[MemoryDiagnoser]
public class PldBenchmarks
{
    private const double Rate = 2048.0 / 67349;

    internal static Composition Gaussian(double std, double samplingRate, long steps) => new(new ReleaseGroup(new ScalarRelease(new GaussianLaw(std)), samplingRate, steps));

    /// <summary>SST-2 for six epochs: epsilon 1.5052995.</summary>
    [Benchmark]
    public Bounds FirstAnchor() => PldAccountant.Epsilon(Gaussian(2, Rate, 192), 1e-10);

    /// <summary>A hundred thousand small steps: epsilon 2.5902483.</summary>
    [Benchmark]
    public Bounds SecondAnchor() => PldAccountant.Epsilon(Gaussian(1, 1e-3, 100_000), 1e-10);

    /// <summary>The noise multiplier for (0.3, 1e-10): 8.1159.</summary>
    [Benchmark]
    public double CalibrationOfTheFirstJourney() => Calibration.Calibrate(new VectorRelease(new GaussianLaw(1)), 0.3, 1e-10, Rate, 192).Noise.StandardDeviation;

    /// <summary>A law whose loss is not monotone.</summary>
    [Benchmark]
    public Bounds Lmo() => PldAccountant.Epsilon(
        new Composition(new ReleaseGroup(
            new ScalarRelease(new LmoLaw(new GammaComponent(0.1, 1, 0.5), new ExponentialComponent(0.1, 5), new UniformComponent(0.1, 1, 2))), Rate, 192)), 1e-10);
}

/// <summary>How the cost grows with the number of steps: no faster than sqrt(T) log T.</summary>
public class GrowthBenchmarks
{
    /// <summary>Steps at a noise that keeps epsilon about the same.</summary>
    [Params(100, 1_000, 10_000, 100_000, 1_000_000)]
    public long Steps { get; set; }

    /// <summary>Cost against T.</summary>
    [Benchmark]
    public Bounds ManySteps() => PldAccountant.Epsilon(PldBenchmarks.Gaussian(Math.Sqrt(Steps) * 0.2, 0.1, Steps), 1e-8);
}

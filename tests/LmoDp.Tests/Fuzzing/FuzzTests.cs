using System.Diagnostics;
using Xunit;

namespace LmoDp.Tests.Fuzzing;

/// <summary>Files that somebody damaged, or made up, are read or refused in one line: no other exception, no hang, no memory out of proportion, no file written.</summary>
public sealed class FuzzTests(ITestOutputHelper output) : IDisposable
{
    private const int Sample = 400, Soak = 65_000;
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names => [.. FuzzTargets.All.Keys];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void DamagedFilesAreReadOrRefused(string name)
    {
        var target = new FuzzTargets(folder.Path)[name];
        Run(target, Cases(target, Sample, 20), Seed(1));
    }

    [Fact]
    [Trait("Category", "Soak")]
    public void AMillionDamagedFilesAreReadOrRefused()
    {
        var (clock, cases, faults) = (Stopwatch.StartNew(), 0, new List<string>());
        foreach (var name in FuzzTargets.All.Keys)
        {
            var target = new FuzzTargets(folder.Path)[name];
            try
            {
                cases += Run(target, Cases(target, Soak, 100), Seed(2)).Cases;
            }
            catch (Xunit.Sdk.XunitException fault) // the other readers have their turn all the same
            {
                faults.Add(fault.Message);
                output.WriteLine($"FAULT: {fault.Message}");
            }
        }
        output.WriteLine($"{cases} cases in {clock.Elapsed.TotalSeconds:F0} s");
        Assert.Empty(faults);
        Assert.True(cases >= 1_000_000);
    }

    private FuzzReport Run(FuzzTarget target, int cases, int seed)
    {
        var report = Fuzzer.Run(target, cases, seed);
        output.WriteLine($"{target.Name}: {report.Cases} cases, {report.Refused} refused, at most {report.MostAllocated / 1024} KiB and {report.Slowest.TotalMilliseconds:F0} ms");
        Assert.InRange(report.Refused, report.Cases / 20, report.Cases);
        return report;
    }

    /// <summary>LMODP_FUZZ_CASES changes the number of cases of the quickest readers.</summary>
    private static int Cases(FuzzTarget target, int usual, int least) => Math.Max(least, (int)((long)Setting("LMODP_FUZZ_CASES", usual) * target.Share / 1000));

    /// <summary>LMODP_FUZZ_SEED changes the cases.</summary>
    private static int Seed(int usual) => Setting("LMODP_FUZZ_SEED", usual);

    private static int Setting(string name, int usual) => Environment.GetEnvironmentVariable(name) is { } text ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : usual;
}

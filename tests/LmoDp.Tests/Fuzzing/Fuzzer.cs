using System.Diagnostics;
using Xunit;

namespace LmoDp.Tests.Fuzzing;

/// <summary>
/// Gives damaged files to a reader. Each must be read or refused with <see cref="BadInputException"/>, in one line; a fault is any other exception, a case that takes too long, memory out of proportion to
/// the file, or a file that was written. A case depends on the seed and its number alone, and a fault names both.
/// </summary>
internal static class Fuzzer
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>What a case may allocate (managed memory): so much, and so much a byte. JSON documents, tokens and rows take some hundred bytes for each of theirs.</summary>
    private const long Base = 16 << 20, PerByte = 2048;

    public static FuzzReport Run(FuzzTarget target, int cases, int seed)
    {
        var report = new FuzzReport(cases, 0, 0, TimeSpan.Zero);
        var (current, started) = (-1, Stopwatch.GetTimestamp());
        Exception? fault = null;
        var worker = new Thread(() =>
        {
            try
            {
                var before = Listing(target);
                for (var i = 0; i < cases; i++)
                {
                    (started, current) = (Stopwatch.GetTimestamp(), i);
                    report = One(target, seed, i, report);
                }
                System.IO.File.Delete(target.File);
                Assert.Equal(before, Listing(target));
            }
            catch (Exception e)
            {
                fault = e;
            }
        })
        { IsBackground = true };
        worker.Start();
        while (!worker.Join(TimeSpan.FromSeconds(1)))
        {
            if (Stopwatch.GetElapsedTime(started) > Longest)
                Assert.Fail($"{target.Name}, seed {seed}, case {current}: not done after {Longest.TotalSeconds} s for {Quote(Case(target, seed, current))}");
        }
        if (fault is not null)
            Assert.Fail(fault.Message);
        return report;
    }

    private static FuzzReport One(FuzzTarget target, int seed, int number, FuzzReport report)
    {
        var damaged = Case(target, seed, number);
        System.IO.File.WriteAllBytes(target.File, damaged);
        var (allocated, clock, refused) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew(), 0);
        try
        {
            target.Read();
        }
        catch (BadInputException error) when (error.Message is { Length: > 0 and <= 2010 } && !error.Message.Any(char.IsControl))
        {
            refused = 1;
        }
        catch (Exception error)
        {
            Assert.Fail($"{Describe()}: {error.GetType().Name}: {error.Message} for {Quote(damaged)}\n{error.StackTrace}");
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > Base + PerByte * damaged.Length)
            Assert.Fail($"{Describe()}: {allocated} bytes allocated for {damaged.Length}: {Quote(damaged)}");
        return report with
        {
            Refused = report.Refused + refused,
            MostAllocated = Math.Max(report.MostAllocated, allocated),
            Slowest = clock.Elapsed > report.Slowest ? clock.Elapsed : report.Slowest,
        };

        string Describe() => $"{target.Name}, seed {seed}, case {number}";
    }

    private static string Quote(byte[] damaged) => Convert.ToBase64String(damaged[..Math.Min(damaged.Length, 600)]);

    private static byte[] Case(FuzzTarget target, int seed, int number)
    {
        var damaged = Mutation.Of(target.Corpus, SeededRandom.Stream(seed, number));
        return target.Seal?.Invoke(damaged) ?? damaged;
    }

    /// <summary>All files in the target's folder and in the one above it, which holds nothing else.</summary>
    private static string[] Listing(FuzzTarget target)
        => [.. Directory.EnumerateFileSystemEntries(Directory.GetParent(Path.GetDirectoryName(target.File)!)!.FullName, "*", SearchOption.AllDirectories).Where(path => path != target.File).Order(StringComparer.Ordinal)];
}

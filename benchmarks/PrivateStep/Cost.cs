using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PrivateStep;

/// <summary>What some work took.</summary>
/// <param name="Wall">Time that passed, ms.</param>
/// <param name="Processor">Time of all processors on behalf of this process, ms.</param>
internal readonly partial record struct Cost(double Wall, double Processor)
{
    public static Cost Of(Action work)
    {
        GC.Collect();
        var (clock, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        using (NewDisposeScope())
            work();
        return new Cost(clock.Elapsed.TotalMilliseconds, (Environment.CpuUsage.TotalTime - processor).TotalMilliseconds);
    }

    public static Cost Median(IEnumerable<Cost> costs)
    {
        var all = costs.ToArray();
        return new Cost(all.Select(cost => cost.Wall).Order().ElementAt(all.Length / 2), all.Select(cost => cost.Processor).Order().ElementAt(all.Length / 2));
    }

    /// <summary>The most memory that the process held meanwhile (Linux). What earlier work freed is given back first.</summary>
    public static double PeakMegabytes(Action work)
    {
        GC.Collect();
        _ = ReturnFreeMemory(0);
        File.WriteAllText("/proc/self/clear_refs", "5"); // sets the peak to what is held now
        using (NewDisposeScope())
            work();
        var peak = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal));
        return double.Parse(peak.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int ReturnFreeMemory(nuint keep);
}

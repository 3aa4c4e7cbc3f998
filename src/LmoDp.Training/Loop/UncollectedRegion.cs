namespace LmoDp.Training.Loop;

/// <summary>
/// A stretch of code in which the garbage collector does not run. TorchSharp passes numbers to native code in objects that it does not keep alive during the
/// call; a collection at that moment, set off by another thread, frees them under the native code's hands, and it reads another number or fails. Clip factors
/// must not be exposed to that.
/// </summary>
public sealed class UncollectedRegion : IDisposable
{
    /// <summary>What may be allocated in managed memory within a region before the collector runs after all.</summary>
    private const long Budget = 128 << 20;

    private static readonly Lock Gate = new();
    private static int open;

    /// <summary>Enters a region. Regions may lie within each other, and on several threads: the collector rests until the last of them is left.</summary>
    public UncollectedRegion()
    {
        lock (Gate)
        {
            if (open == 0)
                StopCollecting();
            open++;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (Gate)
        {
            if (--open == 0)
                CollectAgain();
        }
    }

    private static void StopCollecting()
    {
        try
        {
            GC.TryStartNoGCRegion(Budget);
        }
        catch (InvalidOperationException)
        {
            // The runtime believes that it still is in a region, whatever its latency mode says (seen once, with many threads): that one is over.
            CollectAgain();
            GC.TryStartNoGCRegion(Budget);
        }
    }

    /// <summary>Ends the runtime's region always, as its latency mode does not tell reliably whether there still is one. Where it has ended already, by allocation beyond the budget, it says so: no harm.</summary>
    private static void CollectAgain()
    {
        try
        {
            GC.EndNoGCRegion();
        }
        catch (InvalidOperationException)
        {
        }
    }
}

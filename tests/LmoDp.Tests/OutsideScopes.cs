using TorchSharp;

namespace LmoDp.Tests;

/// <summary>
/// Counts tensors that no dispose scope holds. TorchSharp does not keep a temporary tensor alive during a native call: without a scope the garbage collector may free it under the native code's hands.
/// </summary>
internal static class OutsideScopes
{
    /// <summary>How many some work makes, on a thread of its own, since each test is within a scope.</summary>
    public static long MadeBy(Action work)
    {
        var made = 0L;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            var before = DisposeScopeManager.Statistics.CreatedOutsideScopeCount;
            try
            {
                work();
            }
            catch (Exception error)
            {
                failure = error;
            }
            made = DisposeScopeManager.Statistics.CreatedOutsideScopeCount - before;
        });
        thread.Start();
        thread.Join();
        return failure is null ? made : throw new InvalidOperationException("the work failed", failure);
    }
}

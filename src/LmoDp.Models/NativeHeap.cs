using System.Runtime.InteropServices;

namespace LmoDp.Models;

/// <summary>The C library's heap, from which libtorch takes the memory of tensors.</summary>
public static class NativeHeap
{
    // Names and values of glibc's malloc.h.
    private const int TrimThreshold = -1, MmapThreshold = -3;

    /// <summary>
    /// Makes glibc keep what tensors free instead of handing it back to the kernel, which has to clear every page before it gives it out again. Without privacy a training step
    /// gains a few per cent by it, with privacy about 15, for its peaks are higher. For programs, at their start; elsewhere than under glibc it does nothing.
    /// </summary>
    public static void KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = SetOption(MmapThreshold, 1 << 30);
            _ = SetOption(TrimThreshold, int.MaxValue);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // another C library
        }
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    private static extern int SetOption(int option, int value);
}

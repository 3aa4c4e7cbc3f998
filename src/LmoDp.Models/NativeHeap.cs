using System.Runtime.InteropServices;

namespace LmoDp.Models;

/// <summary>The C library's heap, from which libtorch takes the memory of tensors. Only glibc's is looked after; elsewhere nothing here does anything.</summary>
public static class NativeHeap
{
    // Names and values of glibc's malloc.h.
    private const int TrimThreshold = -1, MmapThreshold = -3;

    /// <summary>What is kept of freed memory between two steps.</summary>
    private const nuint MostKept = 1 << 30;

    private static readonly bool Glibc = OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, "mallinfo2", out _);

    /// <summary>
    /// Makes glibc keep up to 512 MiB of what tensors free instead of handing it back to the kernel, which has to clear every page before it gives it out again. Blocks of 16 MiB
    /// and more are handed back all the same: kept, they leave holes. For programs, at their start; they must call <see cref="ReleaseExcess"/> now and then.
    /// </summary>
    public static void KeepFreedMemory()
    {
        if (!Glibc)
            return;
        _ = SetOption(MmapThreshold, 16 << 20);
        _ = SetOption(TrimThreshold, 512 << 20);
    }

    /// <summary>
    /// Hands freed memory back where more than 1 GiB of it lies idle. Batches of ever different sizes leave holes that the next ones do not fit into: without this one run
    /// held 4.6 GB where 0.6 was in use, and another was ended by the kernel at 12.7. For the end of a step.
    /// </summary>
    public static void ReleaseExcess()
    {
        if (Glibc && Statistics().FreeBytes > MostKept)
            _ = Trim(0);
    }

    [DllImport("libc.so.6", EntryPoint = "mallopt")]
    private static extern int SetOption(int option, int value);

    [DllImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static extern HeapStatistics Statistics();

    [DllImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static extern int Trim(nuint kept);

    /// <summary>glibc's <c>struct mallinfo2</c>: ten sizes in a row, of which the ninth, <c>fordblks</c>, counts free bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 10 * 8)]
    private readonly struct HeapStatistics
    {
        private readonly nuint arena, freeChunks, fastChunks, mappedRegions, mappedBytes, unused, fastBytes, usedBytes, freeBytes, releasable;

        public nuint FreeBytes => freeBytes;
    }
}

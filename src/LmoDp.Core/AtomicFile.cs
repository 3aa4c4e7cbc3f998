using System.Runtime.InteropServices;

namespace LmoDp;

/// <summary>Files that are there as a whole or not at all: written under a temporary name, flushed to disk, then renamed.</summary>
public static partial class AtomicFile
{
    /// <summary>Writes a file as a whole, replacing an older one. An error leaves the older one as it was and no temporary file behind.</summary>
    /// <param name="path">Where the file is to lie; its folder must exist.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(string path, Action<FileStream> write)
    {
        RegularFile.Require(path);
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            Guarded(() =>
            {
                using var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None);
                write(stream);
                stream.Flush(flushToDisk: true);
            });
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Writes. That a file would become larger than the system allows (<c>ulimit -f</c>) is an <see cref="IOException"/>, as a full disk is; the runtime takes it for a wrong argument.</summary>
    public static void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (ArgumentOutOfRangeException error) when (error.ParamName == "value")
        {
            throw new IOException("the file would become larger than the system allows (a limit of the user or of the file system)", error);
        }
    }

    /// <summary>Writes text as UTF-8 without a byte-order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Makes the names in a folder durable (fsync of the folder). Windows does so by itself.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, 0);
        if (descriptor < 0)
            throw new IOException($"cannot open folder '{folder}' to flush it (errno {Marshal.GetLastPInvokeError()})");
        try
        {
            if (Fsync(descriptor) != 0)
                throw new IOException($"cannot flush folder '{folder}' (errno {Marshal.GetLastPInvokeError()})");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}

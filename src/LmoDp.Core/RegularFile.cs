using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LmoDp;

/// <summary>
/// Files that somebody else names. Opening a named pipe waits for a writer, perhaps for ever; a device has no length and may have no end; and a device that is replaced by a file is gone. All of them are
/// refused before they are touched.
/// </summary>
public static partial class RegularFile
{
    private const int TypeMask = 0xF000, Regular = 0x8000, Folder = 0x4000; // S_IFMT, S_IFREG and S_IFDIR of every Unix

    /// <summary>A stream of the file, for reading.</summary>
    /// <exception cref="IOException">It is not there, no file, or cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static FileStream Open(string path)
    {
        Require(path);
        return File.OpenRead(path);
    }

    /// <summary>A handle of the file, for reading at given places.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static SafeFileHandle OpenHandle(string path)
    {
        Require(path);
        return File.OpenHandle(path);
    }

    /// <summary>Refuses a pipe, device or socket. What is not there, or is a folder, is left to the caller, whose errors say so.</summary>
    /// <exception cref="IOException">It is one.</exception>
    public static void Require(string path)
    {
        Span<int> status = stackalloc int[64]; // four times what the runtime's structure takes; its second number is the mode
        if (!OperatingSystem.IsWindows() && Stat(path, ref status[0]) == 0 && (status[1] & TypeMask) is not (Regular or Folder))
            throw new IOException("it is a pipe or a device, not a file: name a file");
    }

    // The runtime's own layer over stat(2), whose structure differs between systems; what the class library offers hides the type of a file.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, ref int status);
}

namespace LmoDp.Training.Ledger;

/// <summary>
/// A secret on disk: only its owner can read it, it is replaced as a whole, and what it held before is overwritten. On Windows the rights are those of the
/// user's own folder. Overwriting reaches the file's present blocks; a copying file system, a snapshot, a backup or the spare blocks of an SSD may keep older ones.
/// </summary>
internal sealed class OwnerOnlyFile(string path)
{
    private const UnixFileMode Rights = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const long Longest = 1 << 16;

    /// <summary>A replacement under way. One that a crash left over is destroyed by the next use, as it may hold a secret of a later time.</summary>
    private readonly string next = path + ".next";

    public string Path { get; } = path;

    /// <summary>The content.</summary>
    /// <exception cref="BadInputException">It cannot be read, or others than its owner can.</exception>
    public byte[] Read()
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(Path) & ~Rights) != 0)
                throw new BadInputException($"{Path}: others than its owner can use this secret: run 'chmod 600' on it if it has not been copied");
            Destroy(next);
            if (new FileInfo(Path).Length > Longest)
                throw new BadInputException($"{Path}: not a run key");
            return File.ReadAllBytes(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{Path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes the content durably, then overwrites what was there before.</summary>
    public void Replace(ReadOnlySpan<byte> content)
    {
        Destroy(next);
        using (var stream = Create(next))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }
        using var before = File.Exists(Path) ? new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete) : null;
        if (OperatingSystem.IsWindows() && before is not null)
            Overwrite(before);
        File.Move(next, Path, overwrite: true);
        AtomicFile.FlushFolder(System.IO.Path.GetDirectoryName(Path)!);
        if (!OperatingSystem.IsWindows() && before is not null)
            Overwrite(before);
    }

    /// <summary>Overwrites and removes the file.</summary>
    public void Erase()
    {
        Destroy(next);
        Destroy(Path);
        AtomicFile.FlushFolder(System.IO.Path.GetDirectoryName(Path)!);
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Rights;
        return new FileStream(path, options);
    }

    private static void Destroy(string path)
    {
        if (!File.Exists(path))
            return;
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
            Overwrite(stream);
        File.Delete(path);
    }

    private static void Overwrite(FileStream stream)
    {
        stream.Position = 0;
        stream.Write(new byte[stream.Length]);
        stream.Flush(flushToDisk: true);
    }
}

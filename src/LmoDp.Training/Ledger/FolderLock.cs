namespace LmoDp.Training.Ledger;

/// <summary>Keeps a folder for one process: an exclusive handle on a lock file, which the operating system lets go when the process ends in whatever way. The file itself stays, unless the folder is removed.</summary>
public sealed class FolderLock : IDisposable
{
    /// <summary>The lock file's name.</summary>
    public const string FileName = ".lock";

    private readonly FileStream handle;

    private FolderLock(FileStream handle)
    {
        this.handle = handle;
    }

    /// <summary>Takes the folder.</summary>
    /// <exception cref="BadInputException">Another process (or another part of this one) has it, or the folder cannot be written to.</exception>
    public static FolderLock Take(string folder)
    {
        try
        {
            return new FolderLock(new FileStream(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (DirectoryNotFoundException e)
        {
            throw new BadInputException($"{folder}: no such folder", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new BadInputException($"{folder}: cannot be written to: {e.Message}", e);
        }
        catch (IOException e) when (!IsTaken(e))
        {
            throw new BadInputException($"{folder}: cannot be written to: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new BadInputException($"{folder}: another process is working on this run: wait for it, or end it ({e.Message})", e);
        }
    }

    /// <summary>Whether somebody else holds the file: EAGAIN of Linux and of macOS, and Windows' sharing violation.</summary>
    private static bool IsTaken(IOException fault) => fault.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>Lets the folder go, and removes it if nothing else is in it.</summary>
    public void Remove()
    {
        var file = handle.Name;
        Dispose();
        try
        {
            File.Delete(file);
            Directory.Delete(Path.GetDirectoryName(file)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Something else is in it, or somebody else has taken it: it stays.
        }
    }

    /// <summary>Lets the folder go.</summary>
    public void Dispose() => handle.Dispose();
}

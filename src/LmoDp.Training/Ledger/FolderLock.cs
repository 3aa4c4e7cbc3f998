namespace LmoDp.Training.Ledger;

/// <summary>Keeps a folder for one process: an exclusive handle on a lock file, which the operating system lets go when the process ends in whatever way. The file itself stays.</summary>
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
        catch (IOException e)
        {
            throw new BadInputException($"{folder}: another process is working on this run: wait for it, or end it ({e.Message})", e);
        }
    }

    /// <summary>Lets the folder go.</summary>
    public void Dispose() => handle.Dispose();
}

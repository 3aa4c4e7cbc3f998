namespace LmoDp.Models.Checkpoints;

/// <summary>Folders that are there as a whole or not at all: written under a temporary name beside, flushed to disk, then renamed.</summary>
public static class AtomicFolder
{
    /// <summary>Writes a new folder. An error leaves nothing behind.</summary>
    /// <param name="path">Where it is to lie; missing parent folders are made.</param>
    /// <param name="write">Writes the content into the folder whose path it is given.</param>
    /// <exception cref="BadInputException">Something of that name is there already, or the place cannot be written to.</exception>
    public static void Write(string path, Action<string> write)
    {
        RefuseExisting(path);
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parent = Path.GetDirectoryName(target) ?? throw new BadInputException($"'{path}' cannot be an output folder");
        var temporary = $"{target}.{Environment.ProcessId}.tmp";
        try
        {
            Directory.CreateDirectory(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"cannot write to '{parent}': {error.Message}", error);
        }
        try
        {
            write(temporary);
            foreach (var folder in Directory.EnumerateDirectories(temporary, "*", SearchOption.AllDirectories))
                AtomicFile.FlushFolder(folder);
            AtomicFile.FlushFolder(temporary);
            RefuseExisting(path);
            Directory.Move(temporary, target);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
        AtomicFile.FlushFolder(parent);
    }

    /// <summary>Refuses a path where something lies already; call it before long work whose result is to go there.</summary>
    /// <exception cref="BadInputException">Something of that name is there.</exception>
    public static void RefuseExisting(string path)
    {
        if (Path.Exists(path))
            throw new BadInputException($"'{path}' exists already: choose another output folder or remove it");
    }
}

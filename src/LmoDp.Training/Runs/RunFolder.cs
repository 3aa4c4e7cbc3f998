using LmoDp.Training.FirstOrder;

namespace LmoDp.Training.Runs;

/// <summary>
/// The output folder of a run. The fine-tuned model lies in it when the run has ended; what the run itself needs (settings, ledger, checkpoint) is in
/// the sub-folder <c>run</c>. Nothing in it can undo the noise: the key lies elsewhere.
/// </summary>
public sealed class RunFolder
{
    private const string SettingsFile = "settings.json";

    private RunFolder(string path) => Path = path;

    /// <summary>The output folder.</summary>
    public string Path { get; }

    /// <summary>Settings, ledger and checkpoint.</summary>
    public string Inner => System.IO.Path.Combine(Path, "run");

    /// <summary>Makes the folder of a new run.</summary>
    /// <exception cref="BadInputException">It exists and is not empty, or cannot be made.</exception>
    public static RunFolder Create(string path, string settings)
    {
        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
            throw new BadInputException($"'{path}' exists and is not empty: name another folder, or continue its run with --resume");
        var folder = new RunFolder(path);
        try
        {
            Directory.CreateDirectory(folder.Inner);
            AtomicFile.WriteText(System.IO.Path.Combine(folder.Inner, SettingsFile), settings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"cannot write to '{path}': {e.Message}", e);
        }
        return folder;
    }

    /// <summary>The folder of a run that goes on.</summary>
    /// <param name="path">The output folder.</param>
    /// <param name="settings">They must be those that the run was started with, to the letter: the schedule is fixed before the start.</param>
    /// <exception cref="BadInputException">There is no such run, or it has other settings.</exception>
    public static RunFolder Resume(string path, string settings)
    {
        var folder = new RunFolder(path);
        var file = System.IO.Path.Combine(folder.Inner, SettingsFile);
        if (!File.Exists(file))
            throw new BadInputException($"there is no run in '{path}': leave --resume out to begin one");
        if (File.ReadAllText(file) != settings)
            throw new BadInputException($"the run in '{path}' was started with other settings (see {System.IO.Path.Combine("run", SettingsFile)} in it): give the same options, or begin a new run");
        return folder;
    }

    /// <summary>Where the run stands; null before its first checkpoint.</summary>
    public Checkpoint? ReadCheckpoint() => Checkpoint.Read(Inner);

    /// <summary>Removes the checkpoint of a run that has ended.</summary>
    public void DeleteCheckpoint() => File.Delete(System.IO.Path.Combine(Inner, Checkpoint.FileName));
}

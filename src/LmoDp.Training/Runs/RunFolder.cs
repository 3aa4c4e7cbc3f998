using LmoDp.Training.Ledger;
using LmoDp.Training.Loop;
using LmoDp.Training.Record;

namespace LmoDp.Training.Runs;

/// <summary>
/// The output folder of a run. The fine-tuned model lies in it when the run has ended; what the run itself needs (settings, ledger, checkpoint) is in
/// the sub-folder <c>run</c>. Nothing in it can undo the noise: the key lies elsewhere.
/// </summary>
public sealed class RunFolder
{
    private const string InnerName = "run";
    private const string SettingsFile = "settings.json";
    private const int LargestSettings = 1 << 28; // a lattice law may have a million weights
    private const string ResultName = "result";

    private readonly string lastFile;

    private RunFolder(string path, string lastFile) => (Path, this.lastFile) = (path, lastFile);

    /// <summary>The output folder.</summary>
    public string Path { get; }

    /// <summary>Settings, ledger and checkpoint.</summary>
    public string Inner => InnerOf(Path);

    /// <summary>Where settings, ledger and checkpoint of a run with this output folder lie, if it is one.</summary>
    public static string InnerOf(string path) => System.IO.Path.Combine(path, InnerName);

    /// <summary>The folder of a run that is about to begin; nothing is written yet.</summary>
    /// <param name="path">The output folder.</param>
    /// <param name="lastFile">The result that is written last and so tells that the run has ended: its record.</param>
    /// <exception cref="BadInputException">Something lies there already that is not the beginning of a run which released nothing.</exception>
    public static RunFolder ForNewRun(string path, string lastFile = RunRecord.FileName)
    {
        var folder = new RunFolder(path, lastFile);
        if (File.Exists(path))
            throw new BadInputException($"'{path}' is a file: name a folder for the output");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any(entry => System.IO.Path.GetFileName(entry) != InnerName))
            throw new BadInputException($"'{path}' exists and is not empty: name another folder");
        if (folder.Holds(PrivacyLedger.FileName) || folder.Holds(Checkpoint.FileName))
            throw new BadInputException($"'{path}' holds a run already: continue it with --resume, or name another folder");
        return folder;
    }

    /// <summary>The folder of a run that goes on.</summary>
    /// <param name="path">The output folder.</param>
    /// <param name="lastFile">As the run was begun.</param>
    /// <exception cref="BadInputException">There is no run in it.</exception>
    public static RunFolder OfRun(string path, string lastFile = RunRecord.FileName)
    {
        var folder = new RunFolder(path, lastFile);
        if (!folder.Holds(SettingsFile))
            throw new BadInputException($"there is no run in '{path}': leave --resume out to begin one");
        return folder;
    }

    /// <summary>Whether a run in a folder has a ledger or a checkpoint, so that it is to be gone on with; one that has neither released nothing and can begin again.</summary>
    public static bool HasBegun(string path) => new[] { PrivacyLedger.FileName, Checkpoint.FileName }.Any(new RunFolder(path, RunRecord.FileName).Holds);

    /// <summary>Whether the file that is written last is there: then the model is ready.</summary>
    public bool HasEnded => File.Exists(System.IO.Path.Combine(Path, lastFile));

    /// <summary>Makes the folder and writes down what the run was begun with.</summary>
    /// <exception cref="BadInputException">The folder cannot be written to.</exception>
    public void Begin(string settings)
    {
        try
        {
            Directory.CreateDirectory(Inner);
            using var alone = FolderLock.Take(Inner);
            if (Holds(PrivacyLedger.FileName) || Holds(Checkpoint.FileName))
                throw new BadInputException($"another process has begun a run in '{Path}' meanwhile: name another folder");
            AtomicFile.WriteText(System.IO.Path.Combine(Inner, SettingsFile), settings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"cannot write to '{Path}': {e.Message}", e);
        }
    }

    /// <summary>Keeps the folder of a run without ledger for this process (a private run's ledger keeps its folder itself).</summary>
    /// <param name="settings">What the run was begun with.</param>
    /// <exception cref="BadInputException">Another process has it, or has begun a run with other settings in it.</exception>
    public FolderLock Keep(string settings)
    {
        var alone = FolderLock.Take(Inner);
        try
        {
            RequireSettings(settings);
            return alone;
        }
        catch
        {
            alone.Dispose();
            throw;
        }
    }

    /// <summary>Refuses to go on under other settings than those that the run was begun with: the schedule is fixed before the start.</summary>
    /// <exception cref="BadInputException">They differ.</exception>
    public void RequireSettings(string settings)
    {
        if (BoundedFile.ReadText(System.IO.Path.Combine(Inner, SettingsFile), LargestSettings) != settings)
            throw new BadInputException($"the run in '{Path}' was started with other settings (see {System.IO.Path.Combine(InnerName, SettingsFile)} in it): give the same options, also where this program's defaults are others, or begin a new run");
    }

    /// <summary>Where the run stands; null before its first checkpoint.</summary>
    public Checkpoint? ReadCheckpoint() => Checkpoint.Read(Inner);

    /// <summary>Removes what <see cref="Begin"/> made, where the run could not begin after all.</summary>
    public void Abandon()
    {
        try
        {
            using (FolderLock.Take(Inner))
            {
                if (Holds(PrivacyLedger.FileName))
                    return; // another process's run
                File.Delete(System.IO.Path.Combine(Inner, SettingsFile));
                File.Delete(System.IO.Path.Combine(Inner, FolderLock.FileName));
            }
            Directory.Delete(Inner);
            Directory.Delete(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadInputException)
        {
            // What others have put there, or are working on, stays.
        }
    }

    /// <summary>
    /// Puts the results into the output folder: all of them are written and flushed inside <see cref="Inner"/> first, so that an error (a full disk) leaves none of
    /// them behind, and then moved, the record last, which tells that the run has ended. A crash during the moves leaves a run that can be resumed.
    /// </summary>
    /// <param name="write">Writes the files into the folder whose path it is given.</param>
    public void Publish(Action<string> write)
    {
        var staging = System.IO.Path.Combine(Inner, ResultName);
        if (Directory.Exists(staging))
            Directory.Delete(staging, recursive: true); // a crash left it
        Directory.CreateDirectory(staging);
        try
        {
            write(staging);
            AtomicFile.FlushFolder(staging);
        }
        catch
        {
            Directory.Delete(staging, recursive: true);
            throw;
        }
        foreach (var inner in Directory.GetDirectories(staging))
        {
            var target = System.IO.Path.Combine(Path, System.IO.Path.GetFileName(inner));
            AtomicFile.FlushFolder(inner);
            if (Directory.Exists(target))
                Directory.Delete(target, recursive: true); // of a process that was killed within these lines: the record is not there yet
            Directory.Move(inner, target);
        }
        foreach (var file in Directory.GetFiles(staging).OrderBy(file => System.IO.Path.GetFileName(file) == lastFile))
        {
            AtomicFile.FlushFolder(Path); // the record must not be there before what it tells of
            File.Move(file, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)), overwrite: true);
        }
        AtomicFile.FlushFolder(Path);
        Directory.Delete(staging);
    }

    /// <summary>Removes the checkpoint of a run that has ended, and halves of files that killed processes left.</summary>
    public void DeleteCheckpoint()
    {
        File.Delete(System.IO.Path.Combine(Inner, Checkpoint.FileName));
        foreach (var half in Directory.GetFiles(Inner, "*.tmp"))
            File.Delete(half);
    }

    private bool Holds(string file) => File.Exists(System.IO.Path.Combine(Inner, file));
}

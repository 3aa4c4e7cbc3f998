namespace LmoDp.Training.Ledger;

/// <summary>
/// Where secret run keys live: a per-user folder outside every run and model folder (who has a model folder must not have the key to its noise). The key of a
/// run is in use by one process at a time, so that two copies of a run folder cannot go on side by side.
/// </summary>
/// <param name="folder">The folder of all keys.</param>
public sealed class RunKeyStore(string folder)
{
    private const UnixFileMode FolderRights = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The user's own store: <c>$XDG_STATE_HOME/lmodp/keys</c>, by default <c>~/.local/state/lmodp/keys</c>; on Windows in the local application data.</summary>
    public static RunKeyStore ForUser { get; } = new(Path.Combine(StateFolder(), "lmodp", "keys"));

    /// <summary>The folder of all keys.</summary>
    public string Folder { get; } = folder;

    /// <summary>Makes the key of a new run; it is on the disk when this returns.</summary>
    /// <param name="run">The run's name (<see cref="LedgerHeader.Run"/>).</param>
    /// <exception cref="BadInputException">The folder of all keys cannot hold it.</exception>
    public RunKey Create(string run)
    {
        var place = PlaceOf(run);
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(place);
            else
                Directory.CreateDirectory(place, FolderRights);
            AtomicFile.FlushFolder(Folder);
            return UnderLock(place, StoredRunKey.Create);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{place}: cannot hold the run key: {e.Message}", e);
        }
    }

    /// <summary>The key of a run that goes on.</summary>
    /// <param name="run">The run's name.</param>
    /// <exception cref="BadInputException">The key is not here, is damaged, can be read by others, or is in use.</exception>
    public RunKey Open(string run)
    {
        var place = PlaceOf(run);
        if (!File.Exists(FileIn(place).Path))
            throw new BadInputException($"{place}: there is no key of this run: the run has ended, or was started elsewhere; without its key it cannot go on, and a new run's cost adds to this one's");
        return UnderLock(place, StoredRunKey.Open);
    }

    /// <summary>Destroys what is left of the key of a run that has ended.</summary>
    /// <param name="run">The run's name.</param>
    public void Erase(string run)
    {
        var place = PlaceOf(run);
        if (!Directory.Exists(place))
            return;
        using var alone = FolderLock.Take(place);
        FileIn(place).Erase();
        alone.Remove();
    }

    private static StoredRunKey UnderLock(string place, Func<FolderLock, OwnerOnlyFile, StoredRunKey> take)
    {
        var folderLock = FolderLock.Take(place);
        try
        {
            return take(folderLock, FileIn(place));
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    private static OwnerOnlyFile FileIn(string place) => new(Path.Combine(place, "key.json"));

    private string PlaceOf(string run)
    {
        if (run.Length != 32 || !run.All(char.IsAsciiHexDigitLower))
            throw new ArgumentException("a run's name has 32 hexadecimal digits", nameof(run));
        return Path.Combine(Folder, run);
    }

    private static string StateFolder()
    {
        if (OperatingSystem.IsWindows())
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create);
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        return Path.IsPathFullyQualified(state ?? "") ? state! : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
    }
}

namespace LmoDp.Cli.Output;

/// <summary>A file that a verb writes after long work.</summary>
internal static class OutputFile
{
    /// <summary>Checks, before any work is done, that the file can be written, by making and deleting a temporary one beside it.</summary>
    /// <exception cref="BadInputException">It cannot.</exception>
    public static void Check(string option, string path)
    {
        if (Directory.Exists(path))
            throw new BadInputException($"{option}: '{path}' is a folder; name a file");
        try
        {
            RegularFile.Require(path);
            using var _ = new FileStream($"{path}.{Environment.ProcessId}.tmp", FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{option}: '{path}' cannot be written; name a file in a folder that exists and is yours", fault);
        }
    }
}

namespace LmoDp.Cli.Output;

/// <summary>A folder that a verb writes into.</summary>
internal static class OutputFolder
{
    /// <summary>The folder, made if it is not there; null where none is wanted.</summary>
    /// <exception cref="BadInputException">It cannot be made.</exception>
    public static string? Made(string option, string? path)
    {
        if (path is null)
            return null;
        try
        {
            return Directory.CreateDirectory(path).FullName;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{option}: the folder '{path}' cannot be made; give one that can, such as ./out", fault);
        }
    }
}

using System.Text;

namespace LmoDp.Cli.Output;

/// <summary>A file of lines that come slowly. They are kept as they come, in <c>FILE.part</c>; when all are there, it becomes FILE.</summary>
internal sealed class GrowingFile : IDisposable
{
    private readonly string option, path;
    private readonly FileStream stream;

    /// <summary>Begins the file, so that one that cannot be written is found before any work is done.</summary>
    /// <param name="option">The option that names it, for messages.</param>
    /// <param name="path">FILE. One that is there is replaced at the end.</param>
    /// <exception cref="BadInputException">It cannot be written.</exception>
    public GrowingFile(string option, string path)
    {
        OutputFile.Check(option, path);
        (this.option, this.path) = (option, path);
        stream = Guarded(() => new FileStream(Part, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));
    }

    private string Part => path + ".part";

    /// <summary>Adds a line, with its end in one piece.</summary>
    /// <exception cref="BadInputException">It cannot be written.</exception>
    public void Add(string line) => Guarded(() =>
    {
        stream.Write(Encoding.UTF8.GetBytes(line + "\n"));
        return true;
    });

    /// <summary>Says that all lines are there.</summary>
    /// <exception cref="BadInputException">It cannot be written.</exception>
    public void Complete() => Guarded(() =>
    {
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        File.Move(Part, path, overwrite: true);
        return true;
    });

    /// <summary>Closes the file, and removes it if there is nothing in it yet.</summary>
    public void Dispose()
    {
        var empty = stream.CanWrite && stream.Length == 0;
        stream.Dispose();
        if (empty)
            File.Delete(Part);
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"{option}: cannot write '{path}': {fault.Message}", fault);
        }
    }
}

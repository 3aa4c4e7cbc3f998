using System.Diagnostics;
using Xunit;

namespace LmoDp.Tests.Core;

/// <summary>Pipes and devices in place of files are refused at once: nobody waits for a writer, reads without end, or replaces a device by a file.</summary>
public sealed class RegularFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void FilesAreOpenedAndPipesAndDevicesRefused()
    {
        var file = folder.Write("file", "abc");
        using (var stream = RegularFile.Open(file))
            Assert.Equal(3, stream.Length);
        RegularFile.OpenHandle(file).Dispose();
        Assert.Throws<FileNotFoundException>(() => RegularFile.Open(folder.File("none")));
        Assert.Throws<UnauthorizedAccessException>(() => RegularFile.Open(folder.Path));
        foreach (var path in new[] { Pipe("pipe"), "/dev/zero", "/dev/null", "/dev/full" })
        {
            Assert.Contains("not a file", Assert.Throws<IOException>(() => RegularFile.Open(path)).Message, StringComparison.Ordinal);
            Assert.Contains("not a file", Assert.Throws<IOException>(() => RegularFile.OpenHandle(path)).Message, StringComparison.Ordinal);
            Assert.Contains("not a file", Assert.Throws<BadInputException>(() => BoundedFile.Read(path, 100)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ALinkIsWhatItLeadsTo()
    {
        Pipe("pipe");
        File.CreateSymbolicLink(folder.File("link"), folder.File("pipe"));
        Assert.Throws<IOException>(() => RegularFile.Open(folder.File("link")));
    }

    [Fact]
    public void NoFileTakesThePlaceOfAPipe()
    {
        var pipe = Pipe("pipe");
        Assert.Throws<IOException>(() => AtomicFile.WriteText(pipe, "x"));
        Assert.Throws<IOException>(() => RegularFile.Open(pipe)); // it is still one
        Assert.Equal([pipe], Directory.GetFiles(folder.Path));
    }

    private string Pipe(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "named pipes");
        using var made = Process.Start("mkfifo", [folder.File(name)]);
        made.WaitForExit();
        return folder.File(name);
    }
}

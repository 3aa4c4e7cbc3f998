using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace LmoDp.Tests.Cli;

/// <summary>Disks that are full, limits on files, folders that cannot be written: one line, nothing half-written, and a run that goes on to the same model when there is room again.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string[] finetune;

    public FullDiskTests()
    {
        var model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        var rows = folder.Write("rows.csv", "text,label\n" + string.Concat(Enumerable.Range(0, 20).Select(row => row % 2 == 0 ? "a good film,yes\n" : "bad films,no\n")));
        finetune =
        [
            "finetune", "--model", model, "--task", "text-classification", "--train", rows, "--labels", "no,yes", "--epsilon", "100", "--delta", "1e-5", "--batch-size", "5", "--steps", "20", "--seed", "1",
            "--max-tokens", "16",
        ];
    }

    public void Dispose() => folder.Dispose();

    /// <summary>The limit lies in the ledger's header, in the ledger (a record of it is torn), and in the first checkpoint.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(8)]
    public void ALimitOnTheSizeOfFilesIsLikeAFullDisk(int kibibytes)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "ulimit");
        var (whole, part) = (folder.File("whole"), folder.File("part"));
        Assert.Equal(0, Invocation.Of([.. finetune, "--output", whole]).ExitCode);
        var limited = Limited(kibibytes, [.. finetune, "--output", part]);
        Assert.DoesNotContain("   at ", limited.Error);
        var last = limited.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.Contains("larger than the system allows", last);
        Assert.False(File.Exists(Path.Combine(part, "model.safetensors")));
        var begun = File.Exists(Path.Combine(part, "run", "ledger.jsonl"));
        Assert.Equal(begun ? 1 : 2, limited.ExitCode);
        Assert.Equal(begun, last.Contains("--resume", StringComparison.Ordinal));

        Assert.Equal(0, Invocation.Of([.. finetune, "--output", part, .. begun ? ["--resume"] : Array.Empty<string>()]).ExitCode);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "model.safetensors")), File.ReadAllBytes(Path.Combine(part, "model.safetensors")));
        Assert.Equal(0, Invocation.Of("check", part).ExitCode);
    }

    [Fact]
    public void WhereNoFaultCanBeToldTheExitCodeTellsIt()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "/dev/full");
        using var process = Process.Start("/bin/bash", ["-c", "exec \"$0\" check nosuch 2> /dev/full", Path.Combine(AppContext.BaseDirectory, "lmodp")]);
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)));
        Assert.Equal(2, process.ExitCode);
    }

    /// <summary>A disk of its own, which fills up in the middle of the run. Needs the right to mount one.</summary>
    [Fact]
    public void ARunGoesOnWhenAFullDiskHasRoomAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "tmpfs");
        var disk = Directory.CreateDirectory(folder.File("disk")).FullName;
        Assert.SkipUnless(Tool("mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", disk) == 0, "only root may mount a file system");
        try
        {
            var (whole, part) = (folder.File("whole"), Path.Combine(disk, "part"));
            Assert.Equal(0, Invocation.Of([.. finetune, "--output", whole]).ExitCode);
            var full = Invocation.Of([.. finetune, "--output", part]);
            Assert.Equal(1, full.ExitCode);
            Assert.Contains("--resume", full.Error);
            Assert.DoesNotContain("   at ", full.Error);

            Assert.Equal(0, Tool("mount", "-o", "remount,ro", disk));
            Assert.Equal(2, Invocation.Of([.. finetune, "--output", Path.Combine(disk, "other")]).ExitCode);
            Assert.Equal(2, Invocation.Of([.. finetune, "--output", part, "--resume"]).ExitCode);

            Assert.Equal(0, Tool("mount", "-o", "remount,rw,size=10m", disk));
            Assert.Equal(0, Invocation.Of([.. finetune, "--output", part, "--resume"]).ExitCode);
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "model.safetensors")), File.ReadAllBytes(Path.Combine(part, "model.safetensors")));
        }
        finally
        {
            Tool("umount", disk);
        }
    }

    [Fact]
    public void AFolderThatCannotBeIsRefused()
    {
        var file = folder.Write("file", "");
        Invocation.Of([.. finetune, "--output", Path.Combine(file, "out")]).Complaint();
        Invocation.Of([.. finetune, "--output", file]).Complaint();
        if (OperatingSystem.IsLinux())
            Invocation.Of([.. finetune, "--output", "/proc/out"]).Complaint();
    }

    /// <summary>The command line under a limit on the size of every file that it writes. The runtime itself needs larger ones for two things, which are switched off.</summary>
    private Invocation Limited(int kibibytes, string[] arguments)
    {
        var start = new ProcessStartInfo("/bin/bash",
            ["-c", $"ulimit -f {kibibytes.ToString(CultureInfo.InvariantCulture)}; trap '' XFSZ; exec \"$0\" \"$@\"", Path.Combine(AppContext.BaseDirectory, "lmodp"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in new[] { ("DOTNET_EnableWriteXorExecute", "0"), ("DOTNET_EnableDiagnostics", "0"), ("OMP_NUM_THREADS", "1"), ("XDG_STATE_HOME", folder.File("state")) })
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return new Invocation(process.ExitCode, output.Result, error);
    }

    private static int Tool(string name, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}

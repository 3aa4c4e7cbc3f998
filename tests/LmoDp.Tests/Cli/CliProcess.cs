using System.Diagnostics;

namespace LmoDp.Tests.Cli;

/// <summary>The command line in a process of its own, as a user starts it. Its run keys lie in a folder that is given.</summary>
internal sealed class CliProcess : IDisposable
{
    private readonly Process process;
    private readonly Task<string> output, error;

    public CliProcess(string stateFolder, IReadOnlyList<string> arguments, string? locale = null)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "lmodp" + (OperatingSystem.IsWindows() ? ".exe" : "")), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["XDG_STATE_HOME"] = stateFolder;
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var name in new[] { "LC_ALL", "LANG" })
            start.Environment[name] = locale ?? "C.UTF-8";
        process = Process.Start(start)!;
        (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    /// <summary>A command line from its start to its end.</summary>
    public static Invocation Run(string stateFolder, IReadOnlyList<string> arguments, string? locale = null)
    {
        using var process = new CliProcess(stateFolder, arguments, locale);
        return process.Finish();
    }

    /// <summary>Waits until the process has come to a point of its work, or has ended.</summary>
    public void WaitUntil(Func<bool> reached)
    {
        while (!process.HasExited && !reached())
            Thread.Sleep(1);
    }

    /// <summary>SIGTERM: the polite request to end.</summary>
    public void Terminate() => Signal("TERM");

    /// <summary>SIGSTOP: it does not go on until <see cref="GoOn"/>.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>SIGCONT.</summary>
    public void GoOn() => Signal("CONT");

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public Invocation Finish()
    {
        process.WaitForExit();
        return new Invocation(process.ExitCode, output.Result, error.Result);
    }

    public void Dispose() => process.Dispose();
}

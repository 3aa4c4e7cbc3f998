using System.Diagnostics;
using LmoDp.Training.Ledger;
using Xunit;

namespace LmoDp.Tests.Cli;

/// <summary>Whatever file a verb is given, a pipe or a device in its place is refused in one line, at once.</summary>
public sealed class SpecialFileTests : IDisposable
{
    private const int Patience = 60_000; // milliseconds
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("account", "--noise", "PIPE", "--sampling-rate", "1", "--steps", "1", "--delta", "1e-5", "--release", "scalar")]
    [InlineData("account", "--composition", "PIPE", "--delta", "1e-5")]
    [InlineData("account", "--composition", "/dev/zero", "--delta", "1e-5")]
    [InlineData("noise", "show", "PIPE")]
    [InlineData("noise", "show", "/dev/zero")]
    [InlineData("metrics", "--references", "PIPE", "--outputs", "/dev/zero")]
    [InlineData("metrics", "--references", "/dev/zero", "--outputs", "/dev/zero")]
    [InlineData("tokenize", "--model", "MODEL", "--file", "PIPE")]
    [InlineData("tokenize", "--model", "MODEL", "--file", "/dev/zero")]
    [InlineData("predict", "--model", "MODEL", "--file", "PIPE.csv")]
    [InlineData("predict", "--model", "MODEL/config.json", "--text", "a")]
    [InlineData("evaluate", "--model", "MODEL", "--task", "text-classification", "--data", "PIPE.csv")]
    [InlineData("finetune", "--model", "MODEL", "--task", "text-classification", "--train", "PIPE.csv", "--labels", "no,yes", "--epsilon", "1", "--delta", "1e-5", "--batch-size", "2", "--steps", "1", "--output", "OUT")]
    [InlineData("verify", "--model", "MODEL", "--inputs", "PIPE", "--expected", "PIPE")]
    [InlineData("verify", "--model", "MODEL", "--weights", "PIPE", "--inputs", "PIPE", "--expected", "PIPE")]
    [InlineData("pretrain", "--text", "PIPE", "--output", "OUT")]
    [InlineData("noise", "search", "--family", "gaussian", "--epsilon", "1", "--delta", "1e-5", "--sampling-rate", "1", "--steps", "1", "--output", "PIPE")]
    [InlineData("noise", "search", "--family", "gaussian", "--epsilon", "1", "--delta", "1e-5", "--sampling-rate", "1", "--steps", "1", "--output", "/dev/full")]
    public void APipeOrDeviceInPlaceOfAFileIsRefused(params string[] arguments)
    {
        TinyClassifier.Write(folder.File("model"), "no", "yes");
        Pipe(folder.File("pipe"));
        Pipe(folder.File("pipe.csv"));
        Refused([.. arguments.Select(argument => argument.Replace("PIPE", folder.File("pipe"), StringComparison.Ordinal).Replace("MODEL", folder.File("model"), StringComparison.Ordinal)
            .Replace("OUT", folder.File("out"), StringComparison.Ordinal))]);
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors")]
    [InlineData("vocab.txt")]
    [InlineData("tokenizer_config.json")]
    [InlineData("prompt.json")]
    [InlineData("adapter_config.json")]
    public void APipeInAModelsFolderIsRefused(string file)
    {
        var path = Path.Combine(TinyClassifier.Write(folder.File("model"), "no", "yes"), file);
        File.Delete(path);
        Pipe(path);
        Refused("predict", "--model", folder.File("model"), "--text", "a");
    }

    [Theory]
    [InlineData("run/" + PrivacyLedger.FileName)]
    [InlineData("run.json")]
    [InlineData("run.md")]
    [InlineData("dp_statement.json")]
    [InlineData("README.md")]
    [InlineData("model.safetensors")]
    public void APipeInARunsFolderIsRefused(string file)
    {
        var model = TinyClassifier.Write(folder.File("model"), "no", "yes");
        var rows = folder.Write("rows.csv", "text,label\na good film,yes\nbad films,no\n");
        Assert.Equal(0, Invocation.Of("finetune", "--model", model, "--task", "text-classification", "--train", rows, "--labels", "no,yes", "--epsilon", "2", "--delta", "1e-5",
            "--batch-size", "1", "--steps", "2", "--seed", "1", "--max-tokens", "16", "--output", folder.File("out")).ExitCode);
        var path = Path.Combine(folder.File("out"), file);
        File.Delete(path);
        Pipe(path);
        Refused("check", folder.File("out"));
    }

    private static void Refused(params string[] arguments)
    {
        var run = Task.Run(() => Invocation.Of(arguments));
        Assert.True(run.Wait(Patience), "it waits for ever");
        run.Result.Complaint();
    }

    private static void Pipe(string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "named pipes");
        using var made = Process.Start("mkfifo", [path]);
        made.WaitForExit();
    }
}
